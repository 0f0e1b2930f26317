"""An officer's own NIK and No. KK, typed once, so that no case of the officer or the family is handled by the officer."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from portal import clock
from portal.engine.declare import FieldDeclaration
from portal.engine.fields import FieldContext, field_type
from portal.operations.officers import keep_numbers
from portal.queries.duties import DUTY_ZONE
from portal.queries.officers import find_proof

FIELDS = tuple(FieldDeclaration(key=key, type=key, label=label) for key, label in (("nik", "NIK"), ("kk", "Nomor KK")))


def read_numbers(account_id: int) -> tuple[dict[str, str], dict[str, str]]:
    """(what was typed, field -> sentence); both empty when the numbers are known already."""
    if find_proof(account_id).has_numbers:
        return {}, {}
    return parse_numbers(request.form)


def parse_numbers(form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(what was typed, field -> sentence) of NIK and No. KK."""
    context = FieldContext(today=clock.today(DUTY_ZONE))
    typed, errors = {}, {}
    for field in FIELDS:
        kind = field_type(field.type)
        typed[field.key] = value = kind.parse(field, {field.key: form.get(field.key, "")[:40]})
        problem = kind.problem(field, value, context) if value else f"Isi {field.label}."
        if problem:
            errors[field.key] = problem
    return typed, errors


def keep_typed_numbers(account_id: int, typed: Mapping[str, str]) -> None:
    """Keep them, if they were asked for."""
    if typed:
        keep_numbers(account_id, typed["nik"], typed["kk"])
