"""A name that somebody makes up to log in with."""

import re
from collections.abc import Mapping

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType, seen

USERNAME = re.compile(r"[a-z][a-z0-9._]{3,29}", re.ASCII)


class Username(FieldType):
    """4 to 30 small letters, digits, dots or underscores, beginning with a letter.

    Capitals are folded: on a phone the first letter becomes one by itself. It holds no @, so that
    it is never taken for an e-mail address, and begins with a letter, so that it is no NIK.
    Whether it is taken is never told on a screen (design §4).
    """

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return seen(raw.get(field.key, "")).strip().lower()

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not USERNAME.fullmatch(value):
            return f"{field.label} harus 4 sampai 30 huruf atau angka tanpa spasi, diawali huruf. Misalnya siti.aminah."
        return None
