"""The only source of now: aware UTC moments, and the date of an office's zone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _system_now() -> datetime:
    return datetime.now(UTC)


# The last one counts. One list for the whole process, not one per thread: a test that freezes time freezes it for
# the server's threads too.
_sources: list[Callable[[], datetime]] = [_system_now]


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _sources[-1]()


def today(zone: ZoneInfo | str) -> date:
    """The calendar date at this moment in a zone, such as `Asia/Jakarta`."""
    return now().astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at one aware moment while a test runs; may be nested."""
    if at.tzinfo is None:
        raise ValueError("The clock takes aware moments only.")
    moment = at.astimezone(UTC)
    _sources.append(lambda: moment)
    try:
        yield
    finally:
        _sources.pop()
