"""Reads about accounts, visits and duties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Duty, Enrolment, StashedForm, Visit
from portal.queries.rows import AnyRow


def find_visit(digest: str, audience: str) -> AnyRow | None:
    """The visit with its account's name; an expired one is told by its `expires_at`."""
    return db.session.execute(
        select(
            Visit.id,
            Visit.account_id,
            Visit.audience,
            Visit.agency,
            Visit.data,
            Visit.seen_at,
            Visit.expires_at,
            Account.name,
        )
        .outerjoin(Account, Account.id == Visit.account_id)
        .where(
            Visit.digest == digest,
            Visit.audience == audience,
            or_(Visit.account_id.is_(None), Account.blocked_at.is_(None)),
        )
    ).one_or_none()


def list_duties(account_id: int, today: date) -> Sequence[AnyRow]:
    """Duties in force today, ordered."""
    return db.session.execute(
        select(Duty.agency, Duty.office, Duty.role)
        .where(
            Duty.account_id == account_id,
            Duty.starts_on <= today,
            or_(Duty.ends_on.is_(None), Duty.ends_on >= today),
        )
        .order_by(Duty.agency, Duty.role, Duty.id)
    ).all()


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
