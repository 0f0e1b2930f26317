"""Opening hours of a day and counting of working days; moments are local to the office's zone."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTH_NAMES = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
ZONE_LABELS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
CLOSED = "tutup"
SPAN = re.compile(r"^([01]\d|2[0-3])\.([0-5]\d)\s*-\s*([01]\d|2[0-3])\.([0-5]\d)$")
LOOK_AHEAD = 60  # days in which the next opening is looked for

Span = tuple[time, time]
Hours = Mapping[Any, str]  # weekday -> such as "07.30-12.00, 13.00-15.00" or "tutup"


class UnknownYear(Exception):
    """A due date falls in a year whose holidays nobody has loaded yet (domain rules §6)."""

    def __init__(self, year: int) -> None:
        super().__init__(f"Hari libur tahun {year} belum dimasukkan. Admin perlu mengisinya dulu.")
        self.year = year


@dataclass(frozen=True)
class Holidays:
    """National holidays and cuti bersama, and the years for which the list is complete."""

    days: frozenset[date]
    years: frozenset[int]

    def is_working_day(self, day: date) -> bool:
        if day.year not in self.years:
            raise UnknownYear(day.year)
        return day.weekday() < 5 and day not in self.days


def add_working_days(start: date, count: int, holidays: Holidays) -> date:
    """The `count`-th working day after `start`, which is itself day 0. Raises UnknownYear."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= holidays.is_working_day(day)
    return day


def parse_hours(text: str) -> tuple[Span, ...]:
    """The spans of one day, in order; raises ValueError saying how hours are written."""
    if text.strip() == CLOSED:
        return ()
    spans = tuple(_span(part.strip()) for part in text.split(","))
    edges = [edge for span in spans for edge in span]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise ValueError(f"the hours {text} do not follow each other")
    return spans


def _span(part: str) -> Span:
    match = SPAN.match(part)
    if not match:
        raise ValueError(f"write hours such as 07.30-16.00, or {CLOSED}; not {part}")
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    return time(start_hour, start_minute), time(end_hour, end_minute)


def spans_on(hours: Hours, closures: Collection[date], day: date) -> tuple[Span, ...]:
    """When the office is open on a day; a weekday that is not declared is closed."""
    if day in closures:
        return ()
    return parse_hours(hours.get(WEEKDAYS[day.weekday()], CLOSED))


def is_open(hours: Hours, closures: Collection[date], at: datetime) -> bool:
    """Opening minute included, closing minute excluded."""
    clock = at.time()
    return any(start <= clock < end for start, end in spans_on(hours, closures, at.date()))


def next_opening(hours: Hours, closures: Collection[date], at: datetime) -> datetime | None:
    """The first opening after `at`, in its zone; None when there is none within two months."""
    for ahead in range(LOOK_AHEAD):
        day = at.date() + timedelta(days=ahead)
        for start, _ in spans_on(hours, closures, day):
            opening = datetime.combine(day, start, tzinfo=at.tzinfo)
            if opening > at:
                return opening
    return None


def hours_lines(hours: Hours) -> list[tuple[str, str]]:
    """Equal neighbours joined: [("Senin s.d Rabu", "07.30 - 16.00"), ("Kamis", ...)]."""
    lines: list[tuple[str, str]] = []
    first = 0
    for n in range(7):
        text = hours.get(WEEKDAYS[n], CLOSED)
        if n < 6 and hours.get(WEEKDAYS[n + 1], CLOSED) == text:
            continue
        days = DAY_NAMES[n] if first == n else f"{DAY_NAMES[first]} s.d {DAY_NAMES[n]}"
        lines.append((days, _spaced(text)))
        first = n + 1
    return lines


def _spaced(text: str) -> str:
    spans = parse_hours(text)
    return ", ".join(f"{start:%H.%M} - {end:%H.%M}" for start, end in spans) or CLOSED


def hours_text(hours: Hours, zone: str) -> str:
    """One sentence as the guide writes it: "Senin s.d Rabu : 07.30 - 16.00 WIB, Kamis : ..."."""
    label = ZONE_LABELS.get(zone, "")
    spoken = [
        f"{days} : {text}" if text == CLOSED else f"{days} : {text} {label}".strip()
        for days, text in hours_lines(hours)
    ]
    return ", ".join(spoken)


def long_day(day: date) -> str:
    """22 November 2026, as papers and messages write it."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def spoken_moment(at: datetime, zone: str) -> str:
    """Senin, 23-11-2026 pukul 07.30 WIB."""
    day = DAY_NAMES[at.weekday()]
    return f"{day}, {at:%d-%m-%Y} pukul {at:%H.%M} {ZONE_LABELS.get(zone, '')}".strip()
