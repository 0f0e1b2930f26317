"""Reads of the log of readings: by whose case, for those who supervise (XCT-15)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Reading
from portal.queries.rows import AnyRow


def list_readings(application_id: int, limit: int = 100) -> Sequence[AnyRow]:
    """Who opened what of an application, newest first."""
    return db.session.execute(
        select(Reading.at, Reading.what, Reading.detail, Account.name.label("reader"))
        .join(Account, Account.id == Reading.account_id)
        .where(Reading.application_id == application_id)
        .order_by(Reading.id.desc())
        .limit(limit)
    ).all()
