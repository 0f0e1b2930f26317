"""Opening hours, working days, and whether a service can be started now."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.engine.calendars import (
    Holidays,
    UnknownYear,
    add_working_days,
    hours_lines,
    hours_text,
    is_open,
    next_opening,
    parse_hours,
)
from portal.engine.holiday_seed import holiday_seed, seeded_holidays
from portal.engine.rules import may_start
from tests.unit.engine_examples import tiny_service

WIB = ZoneInfo("Asia/Jakarta")
HOURS = {
    "mon": "07.30-16.00",
    "tue": "07.30-16.00",
    "wed": "07.30-16.00",
    "thu": "07.30-12.00, 13.00-15.30",
    "fri": "07.30-11.30",
    "sat": "tutup",
    "sun": "tutup",
}
# The days of 2027 that need no decree; domain rules §6 counts its vectors with these alone.
CERTAIN_2027 = {date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 28), date(2027, 5, 1)}


def at(day: int, clock: str) -> datetime:
    """A moment of November 2026; the 23rd is a Monday."""
    hour, minute = clock.split(".")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=WIB)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2026, 2, 2), date(2026, 2, 24)),
        (date(2026, 3, 10), date(2026, 4, 7)),
        (date(2026, 5, 11), date(2026, 6, 5)),
        (date(2026, 6, 2), date(2026, 6, 23)),
        (date(2026, 8, 7), date(2026, 8, 31)),
        (date(2026, 12, 14), date(2027, 1, 6)),
    ],
)
def test_fourteen_working_days_as_the_domain_rules_count_them(start, due):
    decreed = {day for day in holiday_seed() if day.year == 2026}
    known = Holidays(frozenset(decreed | CERTAIN_2027), frozenset({2026, 2027}))
    assert add_working_days(start, 14, known) == due


def test_seed_of_2027_makes_the_fifth_of_january_a_holiday():
    """Isra Mikraj: one day later than the vector that was counted without the decree of 2027."""
    assert add_working_days(date(2026, 12, 14), 14, seeded_holidays()) == date(2027, 1, 7)


def test_due_date_in_a_year_without_a_table_is_refused_by_name():
    only_2026 = Holidays(frozenset(), frozenset({2026}))
    with pytest.raises(UnknownYear, match="2027"):
        add_working_days(date(2026, 12, 30), 5, only_2026)


@given(st.dates(date(2026, 1, 1), date(2027, 10, 1)), st.integers(1, 25))
def test_working_days_lie_ahead_on_weekdays_that_are_no_holidays(start, count):
    holidays = seeded_holidays()
    due = add_working_days(start, count, holidays)
    between = (start + timedelta(days=n) for n in range(1, (due - start).days + 1))
    assert holidays.is_working_day(due)
    assert sum(holidays.is_working_day(day) for day in between) == count


@pytest.mark.parametrize("text", ["07.30", "7.30-16.00", "16.00-07.30", "07.30-12.00, 11.00-15.00", "24.00-25.00", ""])
def test_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match="hours"):
        parse_hours(text)


@pytest.mark.parametrize(
    ("moment", "is_it"),
    [
        (at(23, "07.29"), False),
        (at(23, "07.30"), True),
        (at(23, "15.59"), True),
        (at(23, "16.00"), False),
        (at(26, "12.30"), False),  # Thursday's break
        (at(26, "13.00"), True),
        (at(28, "10.00"), False),  # Saturday
    ],
)
def test_office_is_open_from_its_first_minute_to_before_its_last(moment, is_it):
    assert is_open(HOURS, set(), moment) is is_it


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (at(22, "20.00"), at(23, "07.30")),
        (at(23, "07.30"), at(24, "07.30")),  # already open: the next one
        (at(26, "12.30"), at(26, "13.00")),
        (at(27, "12.00"), at(30, "07.30")),
    ],
)
def test_next_opening_skips_breaks_and_weekends(moment, opening):
    assert next_opening(HOURS, set(), moment) == opening


def test_next_opening_skips_closures_and_knows_when_there_is_none():
    assert next_opening(HOURS, {date(2026, 11, 23)}, at(22, "20.00")) == at(24, "07.30")
    assert next_opening({}, set(), at(22, "20.00")) is None


def test_hours_are_told_as_the_guide_writes_them():
    assert hours_lines(HOURS)[0] == ("Senin s.d Rabu", "07.30 - 16.00")
    assert hours_text(HOURS, "Asia/Jakarta") == (
        "Senin s.d Rabu : 07.30 - 16.00 WIB, Kamis : 07.30 - 12.00, 13.00 - 15.30 WIB, "
        "Jumat : 07.30 - 11.30 WIB, Sabtu s.d Minggu : tutup"
    )


@pytest.mark.parametrize(
    ("moment", "started", "says", "opens_at"),
    [
        (at(23, "08.00"), 0, "", None),
        (at(23, "08.00"), 1, "", None),
        (at(23, "08.00"), 2, "Antrian pengajuan hari ini sudah penuh", at(24, "07.30")),
        (at(22, "08.00"), 0, "di luar jam kerja", at(23, "07.30")),
    ],
)
def test_service_starts_in_office_hours_until_its_queue_is_full(moment, started, says, opens_at):
    service = tiny_service(availability={"hours": "agency", "per_day": "2"})
    found = may_start(service, HOURS, set(), started, moment)
    assert (found.open, found.opens_at) == (not says, opens_at)
    assert says in found.reason


def test_reason_tells_when_to_come_back():
    found = may_start(tiny_service(), HOURS, set(), 0, at(22, "08.00"))
    assert found.reason == "Sekarang di luar jam kerja. Buka lagi Senin, 23-11-2026 pukul 07.30 WIB."


def test_service_that_is_always_open_ignores_the_office_but_not_a_pause():
    service = tiny_service(availability={"hours": "always"})
    assert may_start(service, HOURS, set(), 10_000, at(22, "23.00")).open
    assert not may_start(service, HOURS, set(), 0, at(22, "23.00"), paused=True).open
