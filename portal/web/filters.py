"""Words for dates, money, sizes and numbers, the Indonesian way, for templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask

from portal import clock
from portal.engine.calendars import MONTH_NAMES
from portal.web.assets import asset_url
from portal.web.i18n import current_language, gettext, ngettext

MONTHS = {
    "id": MONTH_NAMES,
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
# The Language Institute's short forms: Agustus is cut to Agu, not Ags.
SHORT_MONTHS = {
    "id": [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "Mei",
        "Jun",
        "Jul",
        "Agu",
        "Sep",
        "Okt",
        "Nov",
        "Des",
    ],
    "en": [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ],
}
ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}


def _as_date(value: date | datetime | str) -> date | None:
    """Read a day from what a row, a declaration or a form holds; None if it is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(str(value)[:10], form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _as_minute(value: datetime | str) -> datetime | None:
    """Read a local date and time, without zone, from "YYYY-MM-DDTHH:MM" or a datetime."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _as_time(value: time | str) -> time | None:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value).replace(".", ":"))
    except ValueError:
        return None


def day(value: date | datetime | str) -> str:
    """Return "22 November 2026"; what is not a day comes back as it was typed."""
    found = _as_date(value)
    if found is None:
        return str(value)
    return f"{found.day} {MONTHS[current_language()][found.month - 1]} {found.year}"


def short_day(value: date | datetime | str) -> str:
    """Return "22 Nov 2026"."""
    found = _as_date(value)
    if found is None:
        return str(value)
    return f"{found.day} {SHORT_MONTHS[current_language()][found.month - 1]} {found.year}"


def dashed_day(value: date | datetime | str) -> str:
    """Return "22-11-2026", as forms and papers write it (SIN-13)."""
    found = _as_date(value)
    return str(value) if found is None else found.strftime("%d-%m-%Y")


def clock_time(value: time | datetime | str) -> str:
    """Return "14.05"."""
    found = value.time() if isinstance(value, datetime) else _as_time(value)
    return str(value) if found is None else f"{found:%H.%M}"


def minute(value: datetime | str) -> str:
    """Return "22 November 2026 pukul 14.05" of a local time that carries no zone."""
    found = _as_minute(value)
    if found is None:
        return str(value)
    return gettext("%(day)s at %(time)s", day=day(found), time=clock_time(found))


def moment(value: datetime, zone: str = "Asia/Jakarta") -> str:
    """Return "22 Nov 2026 pukul 14.05 WIB" of an aware time; zone: IANA name, WIB, WITA or WIT."""
    local = value.astimezone(ZoneInfo(ZONES.get(zone, zone)))
    words = gettext("%(day)s at %(time)s", day=short_day(local), time=clock_time(local))
    return f"{words} {local.tzname()}"


def short_moment(value: datetime, zone: str = "Asia/Jakarta") -> str:
    """Return "22 Nov 2026 14.05", for the rows of an officer's list."""
    local = value.astimezone(ZoneInfo(ZONES.get(zone, zone)))
    return f"{short_day(local)} {clock_time(local)}"


def short_moments(zone: str) -> Callable[[datetime], str]:
    """Return `short_moment` for one zone and the language at hand, for lists of many."""
    local_zone, months = ZoneInfo(ZONES.get(zone, zone)), SHORT_MONTHS[current_language()]

    def write(value: datetime) -> str:
        at = value.astimezone(local_zone)
        return f"{at.day} {months[at.month - 1]} {at.year} {at.hour:02}.{at.minute:02}"

    return write


def iso_date(value: date | datetime | str | None) -> str:
    """Return "YYYY-MM-DD" for a date box; what cannot be read stays, so that it is not lost."""
    if value is None or value == "":
        return ""
    found = _as_date(value)
    return str(value) if found is None else found.isoformat()


def iso_minute(value: datetime | str | None) -> str:
    """Return "YYYY-MM-DDTHH:MM" for a date-and-time box."""
    if value is None or value == "":
        return ""
    found = _as_minute(value)
    return str(value) if found is None else f"{found:%Y-%m-%dT%H:%M}"


def iso_time(value: time | str | None) -> str:
    """Return "HH:MM" for a time box."""
    if value is None or value == "":
        return ""
    found = _as_time(value)
    return str(value) if found is None else f"{found:%H:%M}"


def iso_moment(value: datetime) -> str:
    """Return the machine's form of a time, for <time datetime>."""
    return value.isoformat(timespec="seconds")


def due(value: date, today: date) -> str:
    """Return how far a last day is from today: "hari ini", "besok", "3 hari lagi", "lewat 2 hari"."""
    left = (value - today).days
    if left == 0:
        return gettext("today")
    if left == 1:
        return gettext("tomorrow")
    if left > 0:
        return ngettext("%(num)s day left", "%(num)s days left", left)
    return ngettext("%(num)s day late", "%(num)s days late", -left)


def dues(today: date) -> Callable[[date], str]:
    """Return `due` for one day and the language at hand, for lists of many."""
    language = current_language()

    def write(value: date) -> str:
        return _days_away((value - today).days, language)

    return write


@lru_cache(maxsize=2000)
def _days_away(left: int, _language: str) -> str:
    """The words of so many days; the language at hand is part of what is remembered."""
    return due(date.min + timedelta(max(left, 0)), date.min + timedelta(max(-left, 0)))


def number(value: int) -> str:
    """Return "1.234.567"."""
    return f"{value:,}".replace(",", ".")


def capped(value: int, cap: int = 1000) -> str:
    """Return the count of a list that was counted no further than cap + 1: "37" or "1.000+"."""
    return number(value) if value <= cap else f"{number(cap)}+"


def rupiah(value: int) -> str:
    """Return "Rp 100.000" of integer rupiah."""
    return f"-Rp {number(-value)}" if value < 0 else f"Rp {number(value)}"


def file_size(value: int) -> str:
    """Return "340 KB" or "1,8 MB" of a number of bytes; a KB has 1,024 (SKK-31)."""
    if value < 1024 * 1024:
        return f"{max(1, round(value / 1024))} KB"
    return f"{value / 1024 / 1024:.1f} MB".replace(".", ",").replace(",0 ", " ")


def masked(value: str | None, shown: int = 4) -> str:
    """Return "••••0007": only the last `shown` characters, for lists; the length is not told."""
    text = "" if value is None else str(value)
    return "••••" + text[-shown:] if len(text) > shown else "•" * len(text)


def wa_number(value: str) -> str:
    """Return a telephone number as wa.me wants it: "0812-3456" becomes "628123456"."""
    digits = "".join(character for character in value if character.isdigit())
    return "62" + digits[1:] if digits.startswith("0") else digits


def phone_words(value: str) -> str:
    """Return a number as people here write it: "+6281234567890" becomes "0812-3456-7890"."""
    digits = "".join(character for character in value if character.isdigit())
    if not value.startswith("+62"):
        return value
    local = "0" + digits[2:]
    return "-".join(part for part in (local[:4], local[4:8], local[8:]) if part)


def pairs(options: Iterable[object]) -> list[tuple[str, ...]]:
    """Return (value, label) pairs of declared options, or of pairs, for the controls."""
    return [
        (str(getattr(option, "value")), str(getattr(option, "label")))  # noqa: B009 - the type is any declared option
        if hasattr(option, "label")
        else tuple(option)  # type: ignore[arg-type]
        for option in options
    ]


def choice_label(value: str, options: Iterable[Sequence[str]]) -> str:
    """Return the label of a chosen value; options: (value, label) pairs."""
    return next((option[1] for option in options if option[0] == value), str(value))


def this_year() -> int:
    """Return the year of now in Jakarta, for the footer (SIN-07)."""
    return clock.now().astimezone(ZoneInfo("Asia/Jakarta")).year


FILTERS = (
    day, short_day, dashed_day, clock_time, minute, moment, short_moment, iso_date, iso_minute, iso_time,
    iso_moment, due, number, capped, rupiah, file_size, masked, wa_number, phone_words, pairs,
    choice_label,
)  # fmt: skip


def register_filters(app: Flask) -> None:
    """Give every template the filters, by their function names, this_year() and asset_url()."""
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals.update(this_year=this_year, asset_url=asset_url)
