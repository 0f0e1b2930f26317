"""Answers with signs that nobody sees: an officer reads what the paper will say, and copied numbers are taken."""

from __future__ import annotations

from datetime import date

import pytest

from portal.engine.declare import FieldDeclaration
from portal.engine.fields import FIELD_TYPES
from portal.engine.fields.field_type import FieldContext

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("name", "SITI \u202eHANIMA", "SITI HANIMA"),
        ("name", "S\u200bI\u00adTI\x07", "SITI"),
        ("text", "\u2066RT 1\u2069", "RT 1"),
        ("textarea", "satu\r\ndua\u200f\x85tiga", "satu\ndua\ntiga"),
        ("nik", "\u202a9901014508900001\u202c", "9901014508900001"),
        ("kk", "9901 0101\u200b 0120 0007", "9901010101200007"),
        ("phone", "\u202a0812-3456-7890\u202c", "+6281234567890"),
        ("email", "siti@example.com\ufeff", "siti@example.com"),
    ],
)
def test_what_cannot_be_seen_is_not_kept(kind: str, typed: str, kept: str) -> None:
    field = FieldDeclaration(key="asked", type=kind, label="Pertanyaan")
    value = FIELD_TYPES[kind].parse(field, {"asked": typed})
    assert value == kept
    assert FIELD_TYPES[kind].problem(field, value, FieldContext(TODAY)) is None


@pytest.mark.parametrize("typed", ["\u200b", "\u202e\u202c", " \u2060 "])
@pytest.mark.parametrize("kind", ["name", "text", "textarea", "nik", "email"])
def test_nothing_to_see_is_no_answer(kind: str, typed: str) -> None:
    field = FieldDeclaration(key="asked", type=kind, label="Pertanyaan")
    assert FIELD_TYPES[kind].parse(field, {"asked": typed}) == ""


@pytest.mark.parametrize("digits", ["٩٩٠١٠١٤٥٠٨٩٠٠٠٠١", "９９０１０１４５０８９００００１", "²²²²²²²²²²²²²²²²"])
def test_digits_of_other_scripts_are_no_number(digits: str) -> None:
    field = FieldDeclaration(key="asked", type="nik", label="NIK")
    assert FIELD_TYPES["nik"].problem(field, digits, FieldContext(TODAY)) is not None


def test_letters_with_marks_stay_as_they_are() -> None:
    field = FieldDeclaration(key="asked", type="name", label="Nama")
    assert FIELD_TYPES["name"].parse(field, {"asked": "RÉNÉ O'NEIL, S.Pd"}) == "RÉNÉ O'NEIL, S.Pd"
