"""Numbers that other offices give: NPWP and NITKU of the tax office, and the number of a passport."""

import re
from collections.abc import Mapping

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType, seen

SEPARATORS = re.compile(r"[\s.\-/]")
OLD, NEW = 15, 16  # digits of an NPWP before and since 2024 (PMK 112/2022)
COUNTED = 9  # the first nine digits of an old number; the last of them is the check digit
TAIL = 6
PASSPORT = r"[A-Z]\d{7}|[A-Z]{2}\d{6}"  # where the agency sets no pattern: one letter and 7, or two and 6 digits
LOOK_AGAIN = "Periksa lagi angkanya di kartu NPWP."


class Npwp(FieldType):
    """A tax number, typed with 15 or 16 digits and any dots, kept as 16.

    The old number of a body is the new one behind a 0 and has a check digit; the new number of a
    person is their NIK, which has none (domain rules §1).
    """

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        """Digits alone; an old number that is right gets its 0, what is wrong stays as it was typed."""
        digits = SEPARATORS.sub("", seen(raw.get(field.key, "")))
        is_old = len(digits) == OLD and digits.isascii() and digits.isdigit() and not field.digits
        return f"0{digits}" if is_old and _luhn(digits[:COUNTED]) else digits

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not (value.isascii() and value.isdigit()):
            return f"NPWP hanya berisi angka. {LOOK_AGAIN}"
        if len(value) not in (NEW, field.digits or OLD):
            wanted = "16 angka" if field.digits else "15 atau 16 angka"
            return f"NPWP harus {wanted}, Anda mengetik {len(value)}. {LOOK_AGAIN}"
        if len(value) == OLD or not _is_possible(value):
            return f"Angka NPWP tidak cocok satu sama lain. {LOOK_AGAIN}"
        return None

    def mask(self, value: str) -> str:
        return "*" * max(len(value) - 4, 0) + value[-4:]


class Nitku(FieldType):
    """The last six digits of a branch's number; the rest of it is the NPWP."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return SEPARATORS.sub("", seen(raw.get(field.key, "")))

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not (value.isascii() and value.isdigit() and len(value) == TAIL):
            return f"{field.label} harus {TAIL} angka: enam angka terakhir NITKU cabang."
        return None


class PassportNumber(FieldType):
    """The number of a passport, in capitals and without blanks.

    No source of its shape can be trusted, so an agency may set a pattern of its own: `setting` names it.
    """

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return SEPARATORS.sub("", seen(raw.get(field.key, ""))).upper()

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        pattern = context.settings.get(field.setting, "") or PASSPORT
        if not re.fullmatch(pattern, value, re.ASCII):
            return f"{field.label} belum benar. Tulis huruf dan angkanya seperti di paspor, misalnya A1234567."
        return None

    def mask(self, value: str) -> str:
        return value[:1] + "*" * max(len(value) - 4, 0) + value[-3:]


def _is_possible(npwp: str) -> bool:
    """16 digits: behind a 0 the check digit must fit (Luhn); else it is a NIK, judged by its shape alone."""
    if npwp.startswith("0"):
        return _luhn(npwp[1 : COUNTED + 1])
    return npwp[6] in "01234567" and "01" <= npwp[8:10] <= "12" and not npwp.endswith("0000")


def _luhn(digits: str) -> bool:
    """Every second digit from the right doubled, its own digits added; the sum ends in 0."""
    total = 0
    for n, digit in enumerate(reversed(digits)):
        total += sum(divmod(int(digit) * (1 + n % 2), 10))
    return total % 10 == 0
