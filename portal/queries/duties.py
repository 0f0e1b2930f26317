"""Reads about duties: who administers where, the officers of an agency, and requests that wait for a second admin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from portal import clock
from portal.engine.declare import Agency
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Account, Credential, Duty, Officer, OfficerRequest, SecondFactor
from portal.queries import accounts, reach
from portal.queries.catalogue import catalogue
from portal.queries.rows import AnyRow, AnySelect

DUTY_ZONE = "Asia/Jakarta"  # duties begin and end with the day of the capital
PAGE = 50
Scopes = Mapping[str, Collection[str]]  # agency -> offices; no office is every office


def administered(duties: Iterable[reach.Duty]) -> Scopes:
    """Where an officer gives duties, as the agency's roles declare it; an office with those below it."""
    offices: dict[str, set[str]] = {}
    for duty in duties:
        if administers(catalogue().agencies.get(duty.agency), duty.role):
            offices.setdefault(duty.agency, set()).add(duty.office)
    return {agency: reach.offices_covered(catalogue(), agency, found) for agency, found in offices.items()}


def administers(agency: Agency | None, role: str) -> bool:
    """Whether a role of the agency gives duties to others."""
    declared = agency.roles.get(role) if agency else None
    return declared is not None and declared.administers


def covers(scopes: Scopes, agency: str, office: str) -> bool:
    """Whether an admin of these scopes decides there; one of a single office never for the whole agency."""
    return agency in scopes and (not scopes[agency] or office in scopes[agency])


def scopes_of(account_id: int) -> Scopes:
    """Where an account administers today, freshly read: a duty may have ended since the page was shown."""
    return administered(accounts.list_duties(account_id, clock.today(DUTY_ZONE)))


def list_staff(agency: str, offices: Collection[str], *, text: str = "", after: str = "") -> Sequence[AnyRow]:
    """Open duties of an agency with their officers, by name; one more than a page holds.

    offices: none is every office. text: a part of the name, or the user name. after: code of the duty where
    the page before ended.
    """
    place = (func.lower(Account.name), Duty.id)
    statement = (
        _staff()
        .where(Duty.agency == agency, Duty.ended_at.is_(None), *_within(Duty.office, offices))
        .order_by(*place)
        .limit(PAGE + 1)
    )
    if text:
        statement = statement.where(
            or_(
                func.lower(Account.name).contains(text.lower(), autoescape=True),
                Officer.username == text.lower(),
            )
        )
    if after:
        edge = select(*place).join(Account, Account.id == Duty.account_id).where(Duty.code == after)
        if (row := db.session.execute(edge).one_or_none()) is not None:
            statement = statement.where(tuple_(*place) > tuple_(row[0], row[1]))
    return db.session.execute(statement).all()


def get_duty(code: str, scopes: Scopes) -> AnyRow:
    """One open duty within the scopes, with its officer; NotFound for every other."""
    row = db.session.execute(_staff().where(Duty.code == code, Duty.ended_at.is_(None))).one_or_none()
    if row is None or not covers(scopes, row.agency, row.office):
        raise NotFound("duty")
    return row


def get_officer(code: str, scopes: Scopes) -> AnyRow:
    """An officer who holds an open duty within the scopes: the first such duty's row."""
    for row in db.session.execute(_staff().where(Officer.code == code, Duty.ended_at.is_(None)).order_by(Duty.id)):
        if covers(scopes, row.agency, row.office):
            return row
    raise NotFound("officer")


def list_requests(agency: str, offices: Collection[str], since: datetime) -> Sequence[AnyRow]:
    """What waits for a second admin of the agency, oldest first."""
    return db.session.execute(
        _requests()
        .where(
            OfficerRequest.agency == agency,
            OfficerRequest.verdict == "",
            OfficerRequest.asked_at > since,
            *_within(OfficerRequest.office, offices),
        )
        .order_by(OfficerRequest.id)
        .limit(PAGE)
    ).all()


def get_request(code: str, scopes: Scopes) -> AnyRow:
    """One request within the scopes, decided or not; NotFound for every other."""
    row = db.session.execute(_requests().where(OfficerRequest.code == code)).one_or_none()
    if row is None or not covers(scopes, row.agency, row.office):
        raise NotFound("request")
    return row


def list_over(today: date, limit: int) -> Sequence[int]:
    """Ids of open duties whose last day has passed."""
    return db.session.scalars(
        select(Duty.id)
        .where(Duty.ended_at.is_(None), Duty.ends_on.is_not(None), Duty.ends_on < today)
        .order_by(Duty.id)
        .limit(limit)
    ).all()


def _staff() -> AnySelect:
    return (
        select(
            Duty.id,
            Duty.code,
            Duty.account_id,
            Duty.agency,
            Duty.office,
            Duty.role,
            Duty.starts_on,
            Duty.ends_on,
            Account.name,
            Account.email,
            Officer.username,
            Officer.code.label("officer"),
            SecondFactor.confirmed_at.label("factor_since"),
            Credential.changed_at.label("password_since"),
        )
        .join(Account, Account.id == Duty.account_id)
        .outerjoin(Officer, Officer.id == Duty.account_id)
        .outerjoin(SecondFactor, SecondFactor.account_id == Duty.account_id)
        .outerjoin(Credential, Credential.account_id == Duty.account_id)
    )


def _requests() -> AnySelect:
    asker = Account.__table__.alias("asker")
    return (
        select(
            OfficerRequest.id,
            OfficerRequest.code,
            OfficerRequest.kind,
            OfficerRequest.account_id,
            OfficerRequest.agency,
            OfficerRequest.office,
            OfficerRequest.role,
            OfficerRequest.starts_on,
            OfficerRequest.ends_on,
            OfficerRequest.asked_by,
            OfficerRequest.asked_at,
            OfficerRequest.verdict,
            Account.name,
            asker.c.name.label("asker"),
        )
        .join(Account, Account.id == OfficerRequest.account_id)
        .join(asker, asker.c.id == OfficerRequest.asked_by)
    )


def _within(column: Any, offices: Collection[str]) -> list[ColumnElement[bool]]:
    return [column.in_(sorted(offices))] if offices else []
