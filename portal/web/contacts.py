"""A phone or e-mail that is asked for outside of any declared form: its question, its mask, its judgement."""

from __future__ import annotations

from portal import clock
from portal.engine.declare import FieldDeclaration
from portal.engine.fields import FieldContext, field_type

ZONE = "Asia/Jakarta"  # no date is judged here
CONTACTS = {
    "phone": FieldDeclaration(key="phone", type="phone", label="Nomor HP (WhatsApp)"),
    "email": FieldDeclaration(key="email", type="email", label="Email"),
    "nik": FieldDeclaration(key="nik", type="nik", label="NIK"),
}


def read_contact(kind: str, raw: str) -> tuple[str, str]:
    """(parsed value, what is wrong with it or ""). kind: phone, email or nik."""
    question, judge = CONTACTS[kind], field_type(kind)
    value = judge.parse(question, {kind: raw})
    if not value:
        return "", f"Isi {question.label}."
    return value, judge.problem(question, value, FieldContext(today=clock.today(ZONE))) or ""


def masked(kind: str, value: str | None) -> str:
    """A contact as a glance may see it."""
    return field_type(kind).display(CONTACTS[kind], value or "", masked=True)
