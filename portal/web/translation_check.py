"""Finds words of templates and Python that have no Indonesian yet, for `make check`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import click
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from portal.web.catalogues import TRANSLATIONS, list_conflicts, read_language

PORTAL = TRANSLATIONS.parent
NAMES = ("_", "gettext", "ngettext")


def words_of_template(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, msgid) of each _() and ngettext() of one template."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(path.read_text(encoding="utf-8"))
    for line, _function, message in extract_from_ast(tree, NAMES):
        found = message[0] if isinstance(message, tuple) else message
        if found:
            yield line, found


def words_of_module(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, msgid) of each call with a literal first argument in one Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0]
        if name in NAMES and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield node.lineno, first.value


def list_untranslated(root: Path = PORTAL) -> list[tuple[str, str]]:
    """Return (file:line, msgid) of all words without Indonesian, ordered by place."""
    known = read_language(root / "translations" / "id")
    missing = []
    for path in sorted([*root.rglob("*.html"), *root.rglob("*.txt"), *root.rglob("*.py")]):
        if "static" in path.parts or "agencies" in path.parts:
            continue
        read = words_of_module if path.suffix == ".py" else words_of_template
        missing += [(f"{path.relative_to(root)}:{line}", msgid) for line, msgid in read(path) if msgid not in known]
    return missing


def main(arguments: list[str]) -> int:
    """Run `python -m portal.web.i18n check`: print what is missing, return 1 if anything is."""
    if arguments != ["check"]:
        click.echo("usage: python -m portal.web.i18n check")
        return 2
    missing = list_untranslated()
    for place, msgid in missing:
        click.echo(f"{place}: no Indonesian for {msgid!r}")
    conflicts = list_conflicts(TRANSLATIONS / "id")
    for conflict in conflicts:
        click.echo(conflict)
    click.echo(f"{len(missing)} words without Indonesian, {len(conflicts)} translated in two ways")
    return 1 if missing or conflicts else 0
