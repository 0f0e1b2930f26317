"""Reads of regions, holidays and kept settings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.engine.calendars import Holidays
from portal.extensions import db
from portal.models import Holiday, Kept, Region
from portal.queries.rows import AnyRow


def find_region_name(code: str) -> str | None:
    """The name of an official region code, or None."""
    return db.session.scalar(select(Region.name).where(Region.code == code))


def list_regions(parent: str) -> Sequence[AnyRow]:
    """Regions right below a parent ("" for the provinces), by name."""
    return db.session.execute(
        select(Region.code, Region.name).where(Region.parent == parent).order_by(Region.name, Region.code)
    ).all()


def list_holidays() -> Sequence[AnyRow]:
    """Every day on which offices are closed, by date."""
    return db.session.execute(select(Holiday.day, Holiday.name, Holiday.kind).order_by(Holiday.day)).all()


def known_holidays() -> Holidays:
    """The closed days and the years that have a table, for the engine."""
    days = frozenset(db.session.scalars(select(Holiday.day)))
    return Holidays(days, frozenset(day.year for day in days))


def find_kept(agency: str, key: str, service: str = "") -> str | None:
    """A setting that an admin keeps, or None."""
    return db.session.scalar(select(Kept.value).where(Kept.agency == agency, Kept.service == service, Kept.key == key))


def list_where_kept(key: str, value: str) -> frozenset[str]:
    """The agencies for all of whose services an admin keeps this value."""
    found = select(Kept.agency).where(Kept.service == "", Kept.key == key, Kept.value == value)
    return frozenset(db.session.scalars(found))
