"""Dates and times: typed the Indonesian way or by the browser's own picker, stored as ISO."""

import re
from collections.abc import Mapping
from datetime import date

from portal.engine.calendars import long_day
from portal.engine.declare import FieldDeclaration
from portal.engine.fields.field_type import FieldContext, FieldType

TYPED = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")
ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
CLOCK = re.compile(r"^(\d{1,2})[.:](\d{2})(?:[.:]\d{2})?$")
EARLIEST = date(1900, 1, 1)


def read_date(typed: str) -> str:
    """ISO of a date typed as DD-MM-YYYY or YYYY-MM-DD; what is neither comes back as typed."""
    if match := TYPED.match(typed):
        day, month, year = match.groups()
    elif match := ISO.match(typed):
        year, month, day = match.groups()
    else:
        return typed
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return typed


def read_time(typed: str) -> str:
    """HH:MM of a time typed as 7.30, 07:30 or 07:30:00; what is none comes back as typed."""
    match = CLOCK.match(typed)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        return typed
    return f"{int(match[1]):02}:{match[2]}"


def iso_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if ISO.match(value) else None
    except ValueError:
        return None


def show_date(value: str) -> str:
    found = iso_date(value)
    return f"{found:%d-%m-%Y}" if found else value


def date_problem(field: FieldDeclaration, value: str, today: date) -> str | None:
    found = iso_date(value)
    if found is None:
        return f"{field.label} belum benar. Tulis hari-bulan-tahun, misalnya 17-08-1990."
    last = _limit(field.max, today)
    if last and found > last:
        when = "hari ini" if field.max == "today" else show_date(field.max)
        return f"{field.label} tidak boleh setelah {when}. Periksa lagi tanggalnya."
    first = _limit(field.min, today) or EARLIEST
    if found < first:
        when = "hari ini" if field.min == "today" else f"{first:%d-%m-%Y}"
        return f"{field.label} tidak boleh sebelum {when}. Periksa lagi tanggalnya."
    return None


def _limit(word: str, today: date) -> date | None:
    return today if word == "today" else iso_date(word)


def _long(value: str) -> str:
    """10 November 2026; what is no day stays as it was typed."""
    try:
        return long_day(date.fromisoformat(value))
    except ValueError:
        return value


class Date(FieldType):
    """A day."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return read_date(super().parse(field, raw))

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        return date_problem(field, value, context.today)

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return show_date(value)

    def formal(self, field: FieldDeclaration, value: str, context: FieldContext | None = None) -> str:
        return _long(value)

    def mask(self, value: str) -> str:
        return "**-**-" + value[:4]


class Time(FieldType):
    """A time of day in the office's zone."""

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        return read_time(super().parse(field, raw))

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            return f"{field.label} belum benar. Tulis jam dan menit, misalnya 07.30."
        return None

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        return value.replace(":", ".")


class Moment(FieldType):
    """A day and a time, stored as YYYY-MM-DDTHH:MM in the office's zone.

    Posted by one input of the browser, or as `<key>-date` and `<key>-time` where there is none.
    """

    def input_names(self, field: FieldDeclaration) -> list[str]:
        return [field.key, f"{field.key}-date", f"{field.key}-time"]

    def parse(self, field: FieldDeclaration, raw: Mapping[str, str]) -> str:
        typed = super().parse(field, raw)
        if not typed:
            parts = (raw.get(f"{field.key}-{part}", "").strip() for part in ("date", "time"))
            typed = " ".join(part for part in parts if part)
        day, _, clock = typed.replace("T", " ").partition(" ")
        return f"{read_date(day)}T{read_time(clock)}" if clock else read_date(day)

    def problem(self, field: FieldDeclaration, value: str, context: FieldContext) -> str | None:
        day, _, clock = value.partition("T")
        if not clock:
            return f"{field.label} perlu tanggal dan jam. Contoh: 17-08-2026 07.30."
        return date_problem(field, day, context.today) or TIME.problem(field, clock, context)

    def text(self, field: FieldDeclaration, value: str, context: FieldContext | None) -> str:
        day, _, clock = value.partition("T")
        return f"{show_date(day)} {clock.replace(':', '.')}".strip()

    def formal(self, field: FieldDeclaration, value: str, context: FieldContext | None = None) -> str:
        day, _, clock = value.partition("T")
        return f"{_long(day)} pukul {clock.replace(':', '.')}" if clock else _long(day)

    def mask(self, value: str) -> str:
        return "**-**-" + value[:4]


TIME = Time()
