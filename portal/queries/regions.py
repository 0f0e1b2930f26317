"""Regions as a process remembers them: the official codes change once in years, not in a day."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app

from portal.queries import places


def known_region_name(code: str) -> str | None:
    """The name of an official region code, or None; read once in a process."""
    try:
        return _name(_app(), code)
    except LookupError:
        return None


def regions_below(parent: str) -> tuple[tuple[str, str], ...]:
    """(code, name) right below a parent ("" for the provinces), by name; read once in a process."""
    try:
        return _below(_app(), parent)
    except LookupError:
        return ()


def _app() -> int:
    # Tests run several apps and databases in one process.
    return id(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy has no public way


@lru_cache(maxsize=20_000)
def _name(_app: int, code: str) -> str:
    name = places.find_region_name(code)
    if name is None:
        raise LookupError(code)  # What is not there is not remembered: it may be loaded later.
    return name


@lru_cache(maxsize=2_000)
def _below(_app: int, parent: str) -> tuple[tuple[str, str], ...]:
    found = tuple((row.code, row.name) for row in places.list_regions(parent))
    if not found:
        raise LookupError(parent)
    return found
