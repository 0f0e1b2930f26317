"""An office of the agency, chosen from offices.csv; it may have to lie under an office chosen before."""

from collections.abc import Sequence

from portal.engine.declare import FieldDeclaration, Office
from portal.engine.fields.field_type import FieldContext, FieldType


class OfficeChoice(FieldType):
    """The code of an office. Without `under` it is an office at the top, with it that office or one below."""

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        above = context.answers.get(field.under, "") if field.under else ""
        if value not in {office.code for office in offices_open(field, context.offices, above)}:
            return f"Pilih {field.label} dari daftar."
        return None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        names = {office.code: office.name for office in context.offices} if context else {}
        return names.get(value, value)

    def mask(self, value: str) -> str:
        return value


def offices_open(field: FieldDeclaration, offices: Sequence[Office], above: str) -> list[Office]:
    """The offices among which this field lets one choose; `above` is the answer of the field it is under.

    The office itself comes first: who names no branch of it means its seat (SKK-05, SKK-06).
    """
    if not field.under:
        return [office for office in offices if not office.parent]
    if not above:
        return []
    seat = [office for office in offices if office.code == above and not office.parent]
    return seat + [office for office in offices if office.parent == above]
