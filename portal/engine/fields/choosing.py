"""Answers that are ticked or chosen rather than typed."""

from collections.abc import Mapping

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType


class Choice(FieldType):
    """One of the declared options; the value is stored, the label shown."""

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if value not in {option.value for option in field.options}:
            return f"Pilih salah satu untuk {field.label}."
        return None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        labels = {option.value: option.label for option in field.options}
        return labels.get(value, value)


class YesNo(FieldType):
    """Ya or Tidak, stored as yes or no."""

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        return None if value in {"yes", "no"} else "Pilih Ya atau Tidak."

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return {"yes": "Ya", "no": "Tidak"}.get(value, value)


class Consent(FieldType):
    """A tick; what is not ticked is no answer."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return "yes" if raw.get(field.key) else ""

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return "Disetujui"


class Captcha(FieldType):
    """The answer to a sum; whether it is right only the server's row knows."""

    transient = True

    def mask(self, value: str) -> str:
        return ""
