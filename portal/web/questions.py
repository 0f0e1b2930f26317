"""Declared questions as the field templates ask for them, places spelled out level by level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.engine.declare import FieldDeclaration, Office
from portal.engine.fields import FieldContext, field_type
from portal.engine.journey import Journey
from portal.queries.regions import known_region_name
from portal.web.places import given_for


@dataclass(frozen=True)
class ShownField:
    """What a field template reads, where it is not the declaration itself."""

    key: str
    type: str
    label: str
    help: str = ""
    required: bool = True
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
    given: Any = None  # what only the server knows: see web/places.py


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
        one = _control(
            declared,
            value,
            error=errors.get(declared.key),
            note=notes.get(declared.key, ""),
            locked=bool(locked_value) or not may_change(declared.key),
            given=given_for(declared, value or near, journey.values | dict(typed or {}), journey.context.offices),
        )
        questions.append(one)
    wrong = [(f"#f-{q.field.key}", q.error) for q in questions if q.error]
    return Asked(questions, wrong)


def _control(
    declared: FieldDeclaration, value: str, *, error: str | None, note: str, locked: bool, given: Any
) -> Question:
    if declared.type == "region" and locked:
        words = field_type("region").display(declared, value, context=_places())
        shown = ShownField(declared.key, "text", declared.label, declared.help)
        return Question(shown, words, error, locked=True, heading=declared.heading, note=note)
    return Question(declared, value, error, locked=locked, heading=declared.heading, note=note, given=given)


def _places(offices: Sequence[Office] = ()) -> FieldContext:
    return FieldContext(today=date.min, region_name=known_region_name, offices=tuple(offices))


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
    offices: Sequence[Office] = (),
    may_change: Callable[[FieldDeclaration], bool] = lambda _field: True,
) -> list[AnswerRow]:
    """Answers as text; masked: personal ones are covered, as on every page that is not a form.

    offices: the agency's, whose names stand for their codes. href: where answers are changed; only those that may change lead there.
    """
    places = _places(offices)
    rows = []
    for declared in fields:
        value = values.get(declared.key, "")
        words = field_type(declared.type).display(declared, value, masked=masked and declared.personal, context=places)
        anchor = f"{href}#w-{declared.key}" if href and may_change(declared) else None
        rows.append(AnswerRow(declared.key, declared.label, words, anchor))
    return rows
