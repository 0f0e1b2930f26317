"""Reads about accounts, visits and duties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import and_, bindparam, or_, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Duty, Enrolment, StashedForm, Visit
from portal.queries.reading import read_rows
from portal.queries.rows import AnyRow

# Every request asks these; they are built once, over tables and not entities.
VISIT, PERSON, DUTY = Visit.__table__.c, Account.__table__.c, Duty.__table__.c
ENROLMENT = Enrolment.__table__.c
MOST_VISITS = 50  # that a page shows of one account
FIND_VISIT = (
    select(
        VISIT.id,
        VISIT.account_id,
        VISIT.audience,
        VISIT.agency,
        VISIT.assurance,
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
IN_FORCE = (
    DUTY.ended_at.is_(None),
    DUTY.starts_on <= bindparam("today"),
    or_(DUTY.ends_on.is_(None), DUTY.ends_on >= bindparam("today")),
)
LIST_DUTIES = (
    select(DUTY.agency, DUTY.office, DUTY.role)
    .where(DUTY.account_id == bindparam("account_id"), *IN_FORCE)
    .order_by(DUTY.agency, DUTY.role, DUTY.id)
)
# An officer's duties come with the visit, in one turn of the database: a row for each.
FIND_OFFICERS_VISIT = (
    FIND_VISIT.add_columns(DUTY.agency.label("duty_agency"), DUTY.office.label("duty_office"), DUTY.role)
    .outerjoin(Duty.__table__, and_(DUTY.account_id == VISIT.account_id, *IN_FORCE))
    .order_by(DUTY.agency, DUTY.role, DUTY.id)
)

LIST_ENROLMENTS = (
    select(ENROLMENT.agency, ENROLMENT.state, ENROLMENT.assurance)
    .where(ENROLMENT.account_id == bindparam("account_id"))
    .order_by(ENROLMENT.agency, ENROLMENT.id)
)


def find_visit(digest: str, audience: str) -> AnyRow | None:
    """The visit with its account's name; an expired one is told by its `expires_at`."""
    # A digest is unique, so there is one row at most.
    return next(iter(read_rows(FIND_VISIT, {"digest": digest, "audience": audience})), None)


def find_officers_visit(digest: str, today: date) -> Sequence[AnyRow]:
    """The same of an officer, a row for each duty in force (`duty_agency`, `duty_office`, `role`; none: one row of None)."""
    return read_rows(FIND_OFFICERS_VISIT, {"digest": digest, "audience": "officer", "today": today})


def list_visits(account_id: int) -> Sequence[AnyRow]:
    """id, device, agency, created_at and seen_at of the live sessions of a citizen, the latest seen first."""
    return db.session.execute(
        select(VISIT.id, VISIT.device, VISIT.agency, VISIT.created_at, VISIT.seen_at)
        .where(VISIT.account_id == account_id, VISIT.audience == "citizen", VISIT.expires_at > clock.now())
        .order_by(VISIT.seen_at.desc(), VISIT.id.desc())
        .limit(MOST_VISITS)
    ).all()


def list_duties(account_id: int, today: date) -> Sequence[AnyRow]:
    """Duties in force today, ordered."""
    return read_rows(LIST_DUTIES, {"account_id": account_id, "today": today})


def list_enrolments(account_id: int) -> Sequence[AnyRow]:
    """agency, state and assurance of each enrolment of an account, ordered by agency."""
    return db.session.execute(LIST_ENROLMENTS, {"account_id": account_id}).all()


def find_stash(account_id: int, path: str) -> dict[str, str] | None:
    """What the account typed at a path when its session had ended, for 24 hours."""
    return db.session.scalar(
        select(StashedForm.values).where(
            StashedForm.account_id == account_id,
            StashedForm.path == path,
            StashedForm.created_at > clock.now() - timedelta(hours=24),
        )
    )
