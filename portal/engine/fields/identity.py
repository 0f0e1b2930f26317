"""Numbers of people in the population register: NIK and Nomor KK (domain rules §1)."""

import re
from collections.abc import Mapping
from datetime import date

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType, seen

SEPARATORS = re.compile(r"[\s.\-]")
WOMEN = 40  # is added to the day of birth in the NIK of a woman
LOOK_AGAIN = "Periksa lagi angkanya di KTP atau KK."


class RegisterNumber(FieldType):
    """Sixteen digits: region 6, date 6, serial 4. There is no check digit."""

    name = ""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return SEPARATORS.sub("", seen(raw.get(field.key, "")))

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not (value.isascii() and value.isdigit()):
            return f"{self.name} hanya berisi angka. {LOOK_AGAIN}"
        if len(value) != 16:
            return f"{self.name} harus 16 angka, Anda mengetik {len(value)}. {LOOK_AGAIN}"
        if value.endswith("0000"):
            return f"Empat angka terakhir {self.name} tidak mungkin 0000. {LOOK_AGAIN}"
        return None

    def mask(self, value: str) -> str:
        return "*" * (len(value) - 4) + value[-4:]


class Nik(RegisterNumber):
    """The number of a person; its middle is the date of birth."""

    name = "NIK"

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        wrong = super().problem(field, value, context)
        if wrong is None and nik_birth_date(value, context.today) is None:
            return f"Angka ke-7 sampai ke-12 NIK harus tanggal lahir. {LOOK_AGAIN}"
        return wrong

    def warning(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        """A NIK keeps the place of first registration, and may be wrong at birth: never a refusal."""
        born_on = context.answers.get(field.agrees_with.get("born_on", ""), "")
        if born_on and not _fits_birth_date(value, born_on):
            return "Tanggal lahir di NIK berbeda dari yang Anda isi. Periksa lagi keduanya."
        region = context.answers.get(field.agrees_with.get("region", ""), "").replace(".", "")
        if region and value[:4] != region[:4]:
            return "Kode wilayah NIK berbeda dari alamat. Tidak apa-apa bila Anda pernah pindah."
        return None


class Kk(RegisterNumber):
    """The number of a family card. Its date of issue is known from practice only: a warning."""

    name = "Nomor KK"

    def warning(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if _plausible_date(value[6:8], value[8:10], value[10:12], context.today) is None:
            return "Angka ke-7 sampai ke-12 Nomor KK biasanya sebuah tanggal. Periksa lagi."
        return None


def nik_birth_date(nik: str, today: date) -> date | None:
    """The birth date in a NIK of 16 digits, or None when it holds none.

    The year has two digits: the latest century in which the person is already born.
    """
    day = int(nik[6:8])
    born = day - WOMEN if day > WOMEN else day
    return _plausible_date(f"{born:02}", nik[8:10], nik[10:12], today)


def _plausible_date(day: str, month: str, year: str, today: date) -> date | None:
    for century in (2000, 1900):
        try:
            found = date(century + int(year), int(month), int(day))
        except ValueError:
            continue
        if found <= today:
            return found
    return None


def _fits_birth_date(nik: str, born_on: str) -> bool:
    """`born_on` is a stored date or moment; sex is not compared, for the form may not ask it."""
    year, month, day = born_on[:10].split("-") if born_on.count("-") == 2 else ("", "", "")
    if not year:
        return True
    return nik[6:12] in {f"{day}{month}{year[2:]}", f"{int(day) + WOMEN}{month}{year[2:]}"}
