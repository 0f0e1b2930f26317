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


class Choices(FieldType):
    """Several of the declared options, each a tick of its own; stored in declared order, with commas between."""

    def input_names(self, field: FieldDeclaration) -> list[str]:
        return [f"{field.key}-{option.value}" for option in field.options]

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        """Ticks, or else a stored answer that is judged again."""
        ticked = [o.value for o, name in zip(field.options, self.input_names(field), strict=True) if raw.get(name)]
        return ",".join(ticked) or raw.get(field.key, "")

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not set(chosen_of(value)) <= {option.value for option in field.options}:
            return f"Centang pilihan untuk {field.label} dari daftar."
        return None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        labels = {option.value: option.label for option in field.options}
        return ", ".join(labels.get(one, one) for one in chosen_of(value))


def chosen_of(value: str) -> list[str]:
    """The values of a stored answer of several choices."""
    return value.split(",") if value else []


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
