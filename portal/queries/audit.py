"""Reads of the audit trail: who did what to which object, and when (XCT-15)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from portal.extensions import db
from portal.models import Account, Application, Event

PAGE = 50


def search_events(
    agencies: Collection[str],
    *,
    officer_id: int | None = None,
    code: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> Sequence[Any]:
    """Events at these agencies, newest first, by officer, object (application code) and time [since, until).

    before: (at, id) of the last row of the page above. Reasons are not shown here: they belong to the case.
    """
    wanted: list[ColumnElement[bool]] = [Application.agency.in_(agencies)]
    if officer_id is not None:
        wanted += [Event.actor_kind == "officer", Event.actor_id == officer_id]
    if code is not None:
        wanted.append(Application.code == code)
    if since is not None:
        wanted.append(Event.at >= since)
    if until is not None:
        wanted.append(Event.at < until)
    if before is not None:
        at, event_id = before
        wanted.append(or_(Event.at < at, and_(Event.at == at, Event.id < event_id)))
    return db.session.execute(
        select(
            Event.id,
            Event.at,
            Event.action,
            Event.actor_kind,
            Event.from_state,
            Event.to_state,
            Event.seq,
            Application.code,
            Application.agency,
            Application.service,
            Account.name.label("actor_name"),
        )
        .join(Application, and_(Application.id == Event.subject_id, Event.subject_type == "application"))
        .outerjoin(Account, Account.id == Event.actor_id)
        .where(*wanted)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(limit)
    ).all()
