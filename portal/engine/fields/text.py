"""Words and numbers: text, names, long text and whole numbers."""

import re
import unicodedata
from collections.abc import Mapping

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType, seen

NAME = re.compile(r"^[^\W\d_][^\d_<>@#$%^*=+{}\[\]|\\:;\"!?/~]*$")
TITLES = {"h", "hj", "ny", "nyonya", "ibu", "alm", "almh", "almarhumah", "dr", "dra", "ir"}


class Text(FieldType):
    """One line."""


class Name(FieldType):
    """The name of a person, as written in the official papers."""

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not NAME.match(value):
            return f"{field.label} hanya boleh berisi huruf. Tulis seperti di KK atau KTP."
        return super().problem(field, value, context)


class TextArea(FieldType):
    """Several lines; line ends are kept, as one kind."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return "\n".join(line.rstrip() for line in seen(raw.get(field.key, "")).splitlines()).strip()


class Number(FieldType):
    """A whole number, within the declared limits."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        typed = super().parse(field, raw)
        return str(int(typed)) if _is_whole(typed) else typed

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not _is_whole(value):
            return f"{field.label} harus angka saja. Tulis tanpa titik, koma atau huruf."
        unit = f" {field.unit}" if field.unit else ""
        if field.min and int(value) < int(field.min):
            return f"{field.label} paling kecil {field.min}{unit}. Periksa lagi angkanya."
        if field.max and int(value) > int(field.max):
            return f"{field.label} paling besar {field.max}{unit}. Periksa lagi angkanya."
        return None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return f"{value} {field.unit}".strip()


def _is_whole(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 12


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name the same person: case, accents, dots and titles do not count.

    The activation challenge asks for a mother's name that another hand once typed (SIN-21).
    """
    return bool(_bare_name(one)) and _bare_name(one) == _bare_name(other)


def _bare_name(name: str) -> str:
    """Letters alone: "Nur'Aini", "Nur Aini" and "NURAINI" are one name on an identity card."""
    first = name.split(",", maxsplit=1)[0]  # degrees stand behind a comma
    flat = unicodedata.normalize("NFKD", first).casefold()
    words = re.sub(r"[.]", " ", "".join(c for c in flat if not unicodedata.combining(c))).split()
    kept = [word for n, word in enumerate(words) if not (word in TITLES and n < len(words) - 1)]
    return "".join(c for c in "".join(kept) if c.isalpha())
