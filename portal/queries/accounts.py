"""Reads about accounts, visits and duties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import bindparam, or_, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Duty, Enrolment, StashedForm, Visit
from portal.queries.rows import AnyRow

# Every request asks these; they are built once, over tables and not entities.
VISIT, PERSON, DUTY = Visit.__table__.c, Account.__table__.c, Duty.__table__.c
FIND_VISIT = (
    select(
        VISIT.id,
        VISIT.account_id,
        VISIT.audience,
        VISIT.agency,
        VISIT.data,
        VISIT.seen_at,
        VISIT.expires_at,
        PERSON.name,
    )
    .select_from(Visit.__table__.outerjoin(Account.__table__, PERSON.id == VISIT.account_id))
    .where(
        VISIT.digest == bindparam("digest"),
        VISIT.audience == bindparam("audience"),
        or_(VISIT.account_id.is_(None), PERSON.blocked_at.is_(None)),
    )
)
LIST_DUTIES = (
    select(DUTY.agency, DUTY.office, DUTY.role)
    .where(
        DUTY.account_id == bindparam("account_id"),
        DUTY.starts_on <= bindparam("today"),
        or_(DUTY.ends_on.is_(None), DUTY.ends_on >= bindparam("today")),
    )
    .order_by(DUTY.agency, DUTY.role, DUTY.id)
)


def find_visit(digest: str, audience: str) -> AnyRow | None:
    """The visit with its account's name; an expired one is told by its `expires_at`."""
    return db.session.execute(FIND_VISIT, {"digest": digest, "audience": audience}).one_or_none()


def list_duties(account_id: int, today: date) -> Sequence[AnyRow]:
    """Duties in force today, ordered."""
    return db.session.execute(LIST_DUTIES, {"account_id": account_id, "today": today}).all()


def list_enrolled_agencies(account_id: int) -> Sequence[str]:
    """Agencies where the account has an active enrolment."""
    return db.session.scalars(
        select(Enrolment.agency)
        .where(Enrolment.account_id == account_id, Enrolment.state == "active")
        .order_by(Enrolment.agency)
    ).all()


def find_stash(account_id: int, path: str) -> dict[str, str] | None:
    """What the account typed at a path when its session had ended, for 24 hours."""
    return db.session.scalar(
        select(StashedForm.values).where(
            StashedForm.account_id == account_id,
            StashedForm.path == path,
            StashedForm.created_at > clock.now() - timedelta(hours=24),
        )
    )
