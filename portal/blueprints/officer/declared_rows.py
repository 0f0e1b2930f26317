"""The rows of a declared list: what an applicant answered, masked, and what every case has, as one piece of HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from portal.auth.viewer import DutyView
from portal.blueprints.officer.desk import case_path
from portal.engine.declare import Column
from portal.engine.fields import FieldContext, field_type
from portal.engine.fields.region import LEVELS
from portal.engine.workflow import Actor, actions_open
from portal.queries.catalogue import catalogue
from portal.queries.declared_lists import OwnList, read_contents, read_reasons
from portal.queries.judging import field_context
from portal.queries.reach import roles_at
from portal.queries.rows import AnyRow
from portal.web.filters import short_moments
from portal.web.i18n import gettext
from portal.web.patterns import fill, hole, pattern

WIDE = ("reason",)  # columns whose words may take several lines


class Cell(NamedTuple):
    """One cell of a row's pattern; links: (label, hole of its address); word: a hole, or "" for the state's tag."""

    label: str
    kind: str
    word: Markup | str
    links: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Faces:
    """What is the same for all rows of a page."""

    own: OwnList
    offices: Mapping[str, str]
    context: FieldContext
    sent: Callable[[datetime], str]


def draw_rows(own: OwnList, rows: Sequence[AnyRow], duties: Sequence[DutyView]) -> Markup:
    """Rows of `declared_lists.list_rows`; answers are decrypted for these rows alone."""
    if not rows:
        return Markup()
    ids = [row.id for row in rows]
    contents = read_contents(ids)
    says_why = any(column.shows == "reason" for column in own.declared.columns)
    reasons = read_reasons(ids) if says_why else {}
    faces = Faces(
        own,
        {office.code: office.name for office in catalogue().offices.get(own.agency.code, ())},
        field_context(own.agency),
        short_moments(own.agency.zone),
    )
    drawn: dict[tuple[str, frozenset[str]], tuple[str, tuple[str, ...]]] = {}
    patterns, words = [], []
    for place, row in enumerate(rows, start=1):
        office = contents[row.id].office
        kind = row.state, roles_at(duties, own.agency.code, office)
        if kind not in drawn:
            drawn[kind] = _row_pattern(own, *kind)
        html, acts = drawn[kind]
        cells = tuple(_words(faces, row, place, contents[row.id], reasons.get(row.id, ""), acts))
        patterns.append(html)
        words.append(cells)
    return _filled(patterns, words)


def _filled(patterns: Sequence[str], words: Sequence[tuple[str, ...]]) -> Markup:
    """Rows differ in how many acts they have, so each kind is filled by itself."""
    return Markup().join(fill((html,), [cells]) for html, cells in zip(patterns, words, strict=True))


def _row_pattern(own: OwnList, state: str, roles: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """A row of this state for these roles, and the acts that stand in it."""
    acts = [
        (key, action.label)
        for key, action in actions_open(own.reach.workflow, state, Actor("officer", None, roles))
        if key in own.declared.acts
    ]
    holes: list[str] = []
    cells = []
    for n, column in enumerate(own.declared.columns):
        links: tuple[tuple[str, Markup], ...] = ()
        word: Markup | str = ""
        if column.shows == "acts":
            named = [("detail", gettext("Detail")), *acts]
            holes += [f"href_{n}_{key}" for key, _ in named]
            links = tuple((label, hole(f"href_{n}_{key}")) for key, label in named)
        elif column.shows != "state" or column.words:
            holes.append(f"word_{n}")
            word = hole(f"word_{n}")
        cells.append(Cell(column.label, _kind(column), word, links))
    declared = own.reach.workflow.states[state]
    html = pattern("officer/_declared_row.html", holes, cells=tuple(cells), tone=declared.tone, state=declared.staff)
    return html, tuple(key for key, _ in acts)


def _kind(column: Column) -> str:
    if column.shows == "state" and column.words:
        return "word"
    return column.shows if column.shows in ("acts", "state", *WIDE) else "word"


def _words(faces: Faces, row: AnyRow, place: int, content: AnyRow, reason: str, acts: Sequence[str]) -> Iterator[str]:
    """The words of the holes of a row, in their order."""
    given = {k: v for step in ((content.content or {}).get("answers") or {}).values() for k, v in step.items()}
    path = case_path(row.code)
    plain = {
        "place": str(place),
        "code": row.code,
        "name": row.subject_name or "",
        "office": faces.offices.get(content.office, content.office),
        "sent": faces.sent(row.sent_at),
        "reason": reason,
    }
    for column in faces.own.declared.columns:
        if column.shows == "acts":
            yield path
            yield from (f"{path}/tindakan/{key}?kembali={faces.own.key}" for key in acts)
        elif column.shows == "state":
            if column.words:
                yield column.words.get(row.state, column.otherwise)
        elif column.shows == "answer":
            yield _answer(faces, column, given) or column.otherwise
        else:
            yield plain[column.shows] or column.otherwise


def _answer(faces: Faces, column: Column, given: Mapping[str, Any]) -> str:
    """The first of the column's answers that was given, in words; a personal one masked."""
    service = faces.own.reach.service
    for key in column.answers:
        value, question = given.get(key, ""), service.field(key)
        if not value or question is None:
            continue
        if value in column.words:
            return column.words[value]
        if column.level:
            depth = LEVELS.index(column.level) + 1
            return faces.context.region_name(".".join(value.split(".")[:depth])) or ""
        return field_type(question.type).display(question, value, question.personal, faces.context)
    return ""
