"""What a person types, by the type of a question alone: a right answer, and one that is refused."""

from __future__ import annotations

from collections.abc import Iterable

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.region import LEVELS, region_path
from tests.people import VILLAGE

# Area code 99 does not exist, so no number here is anybody's.
RIGHT = {
    "nik": "9901 0145 0890 0001",
    "kk": "9901010101200007",
    "name": "SITI AMINAH",
    "phone": "0812-3450-0001",
    "email": "siti@example.com",
    "yes_no": "yes",
    "consent": "yes",
    "date": "05-08-1990",
    "datetime": "2026-08-17T07:30",
    "time": "07.30",
    "text": "Pekalongan",
    "textarea": "Satu baris.\nSatu baris lagi.",
}
WRONG = {
    "nik": "123",
    "kk": "99010101012000071",
    "name": "S1T1 <b>",
    "phone": "12345",
    "email": "bukan email",
    "yes_no": "mungkin",
    "choice": "tidak-ada",
    "date": "31-02-2026",
    "datetime": "kemarin pagi",
    "time": "25.99",
    "number": "banyak",
}


def right(question: FieldDeclaration) -> dict[str, str]:
    """The inputs of a question, filled in well."""
    if question.type == "region":
        codes = region_path(VILLAGE)
        return {f"{question.key}-{level}": code for level, code in zip(LEVELS, codes, strict=True)}
    if question.options:
        return {question.key: question.options[0].value}
    if question.type == "number":
        return {question.key: str(question.min or 1)}
    return {question.key: RIGHT[question.type]}


def wrong(question: FieldDeclaration) -> dict[str, str]:
    """The inputs of a question, filled in so that it is refused; empty when nothing could be wrong."""
    if question.type == "region":
        left_out = dict.fromkeys(right(question), "")
        return left_out if question.required else {}
    if question.type in WRONG:
        return {question.key: WRONG[question.type]}
    return {question.key: ""} if question.required else {question.key: "x" * (question.max_length + 1)}


def all_right(questions: Iterable[FieldDeclaration]) -> dict[str, str]:
    """A whole form, filled in well."""
    return {name: value for question in questions for name, value in right(question).items()}


def all_wrong(questions: Iterable[FieldDeclaration]) -> dict[str, str]:
    """A whole form with every mistake that can be made in it."""
    return {name: value for question in questions for name, value in wrong(question).items()}
