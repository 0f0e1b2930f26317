"""The filters of a list as they stand in its address, and what each may be set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.queries.desk import EVERY, FREE, MINE, WAITING, Filters
from portal.queries.reach import Reach
from portal.web.pagination import Cursor

NAMES = ("instansi", "layanan", "status", "pegang", "dari", "sampai", "q", "urut")
NEWEST, OLDEST = "baru", "lama"


def read_filters(given: Mapping[str, str], reach: Sequence[Reach], zone: str, cursor: Cursor | None) -> Filters:
    """Filters of an address; what is not a choice here is as if it were not given."""
    states = {key for one in reach for key in one.states()}
    text = " ".join(given.get("q", "").split())[:80]
    state = given.get("status", "")
    if state not in states:
        # Who looks for somebody looks everywhere, unless a state is asked for.
        state = EVERY if state == EVERY or (text and not state) else WAITING
    order = given.get("urut", "")
    return Filters(
        agency=_choice(given.get("instansi", ""), {one.agency for one in reach}),
        service=_choice(given.get("layanan", ""), {one.service.code for one in reach}),
        state=state,
        held=_choice(given.get("pegang", ""), {MINE, FREE}),
        since=read_day(given.get("dari", ""), zone),
        until=read_day(given.get("sampai", ""), zone, days=1),
        text=text,
        newest_first=order == NEWEST or (order != OLDEST and state != WAITING),
        edge=(cursor.at, cursor.code) if cursor else None,
        is_backwards=cursor is not None and cursor.is_backwards,
    )


def _choice(value: str, choices: set[str]) -> str:
    return value if value in choices else ""


def read_day(text: str, zone: str, days: int = 0) -> datetime | None:
    """Midnight of a day in the office's zone, so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        # In UTC the first and the last day of all lie beyond what a moment can say.
        return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
