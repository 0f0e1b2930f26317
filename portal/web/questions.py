"""Declared questions as the field templates ask for them, places spelled out level by level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.engine.declare import FieldDeclaration
from portal.engine.fields import FieldContext, field_type
from portal.engine.fields.region import LEVELS, NAMES, region_path
from portal.engine.journey import Journey
from portal.queries.regions import known_region_name, regions_below


@dataclass(frozen=True)
class ShownField:
    """What a field template reads, where it is not the declaration itself."""

    key: str
    type: str
    label: str
    help: str = ""
    required: bool = True
    options: Sequence[tuple[str, str]] = ()
    parent: str = ""
    autocomplete: str = "off"
    max_length: int = 200


@dataclass(frozen=True)
class Question:
    """One control of a form. `heading` opens a new group, `note` is an officer's remark."""

    field: Any
    value: str
    error: str | None = None
    locked: bool = False
    heading: str = ""
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """A step's questions, and where the links of an error summary lead."""

    questions: list[Question]
    errors: list[tuple[str, str]] = field(default_factory=list)  # (href, sentence)

    @property
    def groups(self) -> list[tuple[str, list[Question]]]:
        """(heading, its questions); the first group may have no heading."""
        found: list[tuple[str, list[Question]]] = []
        for question in self.questions:
            if question.heading or not found:
                found.append((question.heading, []))
            found[-1][1].append(question)
        return found


def ask(
    journey: Journey,
    step: str,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    may_change: Callable[[str], bool] = lambda _key: True,
    near: str = "",
) -> Asked:
    """The questions of a step with what was typed, else stored, else offered.

    errors, notes: by field key. may_change: whether the present state lets a field change.
    near: the region that an unanswered place begins with.
    """
    errors, notes = errors or {}, notes or {}
    stored = journey.answers.get(step, {})
    questions: list[Question] = []
    for declared in journey.visible_fields(step, typed):
        locked_value = journey.locked_value(declared)
        given = (typed or {}).get(declared.key, stored.get(declared.key))
        value = locked_value or (journey.first_value(declared) if given is None else given)
        questions += _controls(
            declared,
            value,
            error=errors.get(declared.key),
            note=notes.get(declared.key, ""),
            locked=bool(locked_value) or not may_change(declared.key),
            near=near,
        )
    wrong = [(f"#f-{q.field.key}", q.error) for q in questions if q.error]
    return Asked(questions, wrong)


def _controls(
    declared: FieldDeclaration, value: str, *, error: str | None, note: str, locked: bool, near: str
) -> Iterator[Question]:
    if declared.type != "region":
        yield Question(declared, value, error, locked=locked, heading=declared.heading, note=note)
    elif locked:
        words = field_type("region").display(declared, value, context=_places())
        shown = ShownField(declared.key, "text", declared.label, declared.help)
        yield Question(shown, words, error, locked=True, heading=declared.heading, note=note)
    else:
        yield from _levels(declared, value or near, error, note)


def _levels(declared: FieldDeclaration, value: str, error: str | None, note: str) -> Iterator[Question]:
    """From province to village; an error stands at the first level that was not chosen."""
    path = region_path(value)
    keys = [f"{declared.key}-{level}" for level in LEVELS]
    wrong_at = min(len(path), len(LEVELS) - 1)
    for depth, (key, name) in enumerate(zip(keys, NAMES, strict=True)):
        parent = path[depth - 1] if 0 < depth <= len(path) else ""
        shown = ShownField(
            key=key,
            type="region",
            label=name,
            help=declared.help if depth == 0 else "",
            required=declared.required,
            options=[("", "–"), *(regions_below(parent) if depth == 0 or parent else ())],
            parent=keys[depth - 1] if depth else "",
        )
        yield Question(
            field=shown,
            value=path[depth] if depth < len(path) else "",
            error=error if depth == wrong_at else None,
            heading=(declared.heading or declared.label) if depth == 0 else "",
            note=note if depth == 0 else "",
        )


def _places() -> FieldContext:
    return FieldContext(today=date.min, region_name=known_region_name)


@dataclass(frozen=True)
class AnswerRow:
    """One answer to read: its label and its words."""

    key: str
    label: str
    value: str
    href: str | None = None


def answer_rows(
    fields: Iterable[FieldDeclaration],
    values: Mapping[str, str],
    *,
    masked: bool,
    href: str | None = None,
    may_change: Callable[[FieldDeclaration], bool] = lambda _field: True,
) -> list[AnswerRow]:
    """Answers as text; masked: personal ones are covered, as on every page that is not a form.

    href: where answers are changed; only those that may change lead there.
    """
    places = _places()
    rows = []
    for declared in fields:
        value = values.get(declared.key, "")
        words = field_type(declared.type).display(declared, value, masked=masked and declared.personal, context=places)
        anchor = f"{href}#w-{declared.key}" if href and may_change(declared) else None
        rows.append(AnswerRow(declared.key, declared.label, words, anchor))
    return rows
