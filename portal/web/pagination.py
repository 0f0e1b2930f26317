"""Keyset pages: the address carries the place of the row where a page ends, never a page number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

R = TypeVar("R")
AFTER, BEFORE = "sesudah", "sebelum"
FORM = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Cursor:
    """The row at the edge of the page that was left: its moment and its public code."""

    at: datetime
    code: str
    is_backwards: bool = False


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page of rows, and the query values (name, value) that lead before and after it."""

    rows: Sequence[R]
    previous: tuple[str, str] | None
    next: tuple[str, str] | None


def read_cursor(arguments: Mapping[str, str]) -> Cursor | None:
    """The cursor of an address; a mangled one is none, which shows the first page."""
    for name in (AFTER, BEFORE):
        text, _, code = arguments.get(name, "").partition("-")
        try:
            at = datetime.strptime(text, FORM).replace(tzinfo=UTC)
        except ValueError:
            continue
        if code and len(code) <= 40:
            return Cursor(at, code, is_backwards=name == BEFORE)
    return None


def cut_page(
    rows: Sequence[R], size: int, cursor: Cursor | None, place: Callable[[R], tuple[datetime, str]]
) -> Page[R]:
    """Make a page of up to `size + 1` rows that were read from the cursor onwards.

    rows: in reading order, which is reversed when the cursor leads backwards.
    place: row -> (its moment, its public code).
    """
    has_more = len(rows) > size
    kept = list(rows[:size])
    backwards = cursor is not None and cursor.is_backwards
    if backwards:
        kept.reverse()
    if not kept:
        return Page(kept, None, None)
    leads_back = has_more if backwards else cursor is not None
    leads_on = True if backwards else has_more
    return Page(
        kept,
        (BEFORE, _written(place(kept[0]))) if leads_back else None,
        (AFTER, _written(place(kept[-1]))) if leads_on else None,
    )


def _written(place: tuple[datetime, str]) -> str:
    at, code = place
    return f"{at.astimezone(UTC).strftime(FORM)}-{code}"


def with_value(arguments: Mapping[str, Any], pair: tuple[str, str] | None) -> dict[str, Any] | None:
    """The query values of a neighbouring page, without the cursor of this one; None stays None."""
    if pair is None:
        return None
    kept = {key: value for key, value in arguments.items() if key not in (AFTER, BEFORE) and value}
    return {**kept, pair[0]: pair[1]}
