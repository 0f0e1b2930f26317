"""Pieces of a page that are drawn once by their template and filled again and again with escaped words.

Only for what stands still and for rows of many: docs/decisions/0012-drawn-once.md says when.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from flask import current_app
from jinja2 import Template
from markupsafe import Markup, escape

SEAM = "\0"  # Stands in no text: portal/web/garbage.py refuses it, and PostgreSQL keeps none.
MOST = 1000  # patterns of a process


def hole(name: str) -> Markup:
    """What a template prints where the word of that name will stand."""
    return Markup(f"{SEAM}{name}{SEAM}")  # noqa: S704 - the names are ours.


def pattern(template: str, holes: Sequence[str], **fixed: Any) -> str:
    """The template's HTML in the language at hand, with `%s` in place of each hole, to be filled by `fill`.

    holes: names that the template prints as they are, each once and in this order; one that stands inside of
    another value is written `hole(name)`. fixed: its other names. They are kept with the HTML, so they have to be hashable, few, and about nobody: what was typed, who is
    logged in and whom a row is about goes into holes. The template sees none of the names that pages share.
    """
    return _drawn(current_app.jinja_env.get_template(template), tuple(holes), tuple(fixed.items()))


@lru_cache(maxsize=MOST)
def _drawn(template: Template, holes: tuple[str, ...], fixed: tuple[tuple[str, Any], ...]) -> str:
    # A template belongs to one app and one language, so both are part of the key.
    html = template.render({**{name: hole(name) for name in holes}, **dict(fixed)})
    pieces = html.replace("%", "%%").split(SEAM)
    if tuple(pieces[1::2]) != holes:
        raise ValueError(f"{template.name} does not print {', '.join(holes)} once each, in this order")
    return "%s".join(pieces[::2])


def fill(patterns: Iterable[str], words: Sequence[tuple[str, ...]]) -> Markup:
    """Each pattern filled with its own words, as one piece of HTML; all are to have equally many.

    The words of all are escaped in one go, because fifty rows have four hundred.
    """
    if not words:
        return Markup()
    return Markup("".join(map(operator.mod, patterns, _escaped(words))))  # noqa: S704 - all words were escaped.


def _escaped(words: Sequence[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    every = list(chain.from_iterable(words))
    escaped = str(escape(SEAM.join(every))).split(SEAM)
    if len(escaped) != len(every):
        # Somebody wrote a seam after all.
        escaped = [str(escape(word)) for word in every]
    return zip(*[iter(escaped)] * len(words[0]), strict=True)
