"""Ways to reach a person: mobile number and e-mail address."""

import re
from collections.abc import Mapping

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType, seen

MOBILE = re.compile(r"^\+628\d{8,11}$")
TELEPHONE = re.compile(r"^\+62[2-9]\d{6,11}$", re.ASCII)
EMAIL = re.compile(r"^[A-Za-z0-9._%+'-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$")


class Phone(FieldType):
    """An Indonesian mobile number; typed as 08..., 62... or +62..., stored as E.164."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        typed = seen(raw.get(field.key, "")).strip()
        bare = re.sub(r"[\s().\-]", "", typed)
        if bare.startswith("08"):
            return "+62" + bare[1:]
        if bare.startswith("62"):
            return "+" + bare
        return bare if bare.startswith("+") else typed

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not MOBILE.match(value):
            return f"{field.label} belum benar. Tulis 10 sampai 13 angka, misalnya 081234567890."
        return None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return "0" + value.removeprefix("+62") if value.startswith("+62") else value

    def mask(self, value: str) -> str:
        return value[:4] + "*" * max(len(value) - 7, 0) + value[-3:]


class Telephone(Phone):
    """Any Indonesian telephone, with its area code: an office has no mobile number, and a fax machine is one too."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        stored = super().parse(field, raw)
        return "+62" + bare[1:] if (bare := re.sub(r"[\s().\-]", "", stored)).startswith("0") else stored

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not TELEPHONE.match(value):
            return f"{field.label} belum benar. Tulis dengan kode wilayah, misalnya 0285123456."
        return None


class Email(FieldType):
    """An e-mail address; only its domain is folded to lower case.

    `setting` names the agency's list of domains, with blanks between, where not every one is taken (PAS-04).
    """

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        typed = seen(raw.get(field.key, "")).strip()
        box, at, domain = typed.rpartition("@")
        return f"{box}{at}{domain.lower()}" if at else typed

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not EMAIL.match(value) or ".." in value or len(value) > 254:
            return f"{field.label} belum benar. Tulis lengkap, misalnya nama@contoh.id."
        allowed = context.settings.get(field.setting, "").split() if field.setting else []
        if allowed and value.rpartition("@")[2] not in allowed:
            return f"{field.label} harus dari {', '.join(allowed)}. Pakai alamat lain."
        return None

    def mask(self, value: str) -> str:
        box, _, domain = value.rpartition("@")
        return f"{box[:1]}***@{domain}"
