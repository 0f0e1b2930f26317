"""The password rule (docs/decisions/0004-password-rule.md): long, not common, not about the person."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType

SHORTEST = 10
LONGEST = 128  # argon2 takes more, but a request body should not
FEW = 4  # that many digits or signs around a common word do not make it uncommon
COMMON_FILE = Path(__file__).with_name("common_passwords.txt")


class Password(FieldType):
    """Taken as typed, blanks included; never stored as an answer and never shown."""

    transient = True

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return raw.get(field.key, "")

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        return None if field.same_as else password_problem(value, context.personal)

    def display(
        self,
        field: FieldDeclaration,
        value: str,
        masked: bool = False,  # noqa: FBT001, FBT002 - as its parent has it
        context: FieldContext | None = None,
    ) -> str:
        return ""


def password_problem(password: str, personal: Iterable[str] = ()) -> str | None:
    """Why this password is refused, or None.

    `personal` are NIK, names, phone and e-mail of the person, in any spelling.
    """
    if len(password) < SHORTEST:
        return f"Kata kunci terlalu pendek. Pakai paling sedikit {SHORTEST} huruf atau angka."
    if len(password) > LONGEST:
        return f"Kata kunci terlalu panjang. Pakai paling banyak {LONGEST} huruf atau angka."
    if _is_common(password.casefold()):
        return "Kata kunci ini mudah ditebak. Coba tiga kata yang tidak berhubungan."
    if any(part in password.casefold() for part in _parts(personal)):
        return "Kata kunci memuat nama, NIK, email atau nomor HP Anda. Pilih kata lain."
    return None


@cache
def _common_words() -> frozenset[str]:
    lines = COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _is_common(password: str) -> bool:
    if len(set(password)) < 4 or _is_run(password) or password in _common_words():
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    around = len(password) - len(core)
    half = core[: len(core) // 2]
    repeated = len(half) * 2 == len(core) and half * 2 == core
    words = _common_words()
    return (around <= FEW and (core in words or _joined(core))) or (repeated and half in words)


def _joined(core: str) -> bool:
    """Two common words in a row are common too."""
    words = _common_words()
    return any(core[:n] in words and core[n:] in words for n in range(3, len(core) - 2))


def _is_run(password: str) -> bool:
    """1234567890, 9876543210, abcdefghij: each sign is the neighbour of the one before."""
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _parts(personal: Iterable[str]) -> set[str]:
    parts: set[str] = set()
    for value in personal:
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 8:
            parts.add(digits.removeprefix("62").removeprefix("0"))
        else:
            words = re.split(r"[^\w]+", value.casefold().split("@")[0])
            parts |= {word for word in words if len(word) >= 4}
    return parts
