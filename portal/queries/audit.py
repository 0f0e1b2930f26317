"""Reads of the audit trail: who did what to which object, and when (XCT-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from portal.extensions import db
from portal.models import Account, Application, Duty, Event, LoginName
from portal.queries import reach
from portal.queries.catalogue import catalogue

PAGE = 50
OFFICERS = 20  # whom one name may mean; whoever looks for more says more of the name
Scopes = Mapping[str, Collection[str]]  # agency -> offices; no office is every office


def supervised(duties: Iterable[reach.Duty]) -> Scopes:
    """Where an officer supervises, as the agency's roles declare it."""
    offices: dict[str, set[str]] = {}
    for duty in duties:
        agency = catalogue().agencies.get(duty.agency)
        role = agency.roles.get(duty.role) if agency else None
        if role is not None and role.supervises:
            offices.setdefault(duty.agency, set()).add(duty.office)
    return {agency: frozenset() if "" in found else frozenset(found) for agency, found in offices.items()}


def find_officers(scopes: Scopes, text: str) -> Sequence[int]:
    """Accounts of officers who have or had a duty there, by their user name or a part of their name."""
    digest = current_app.extensions["vault"].digest("username", text)
    named = select(LoginName.account_id).where(LoginName.agency == "", LoginName.digest == digest)
    return db.session.scalars(
        select(Account.id)
        .where(
            Account.id.in_(select(Duty.account_id).where(Duty.agency.in_(sorted(scopes)))),
            or_(Account.id.in_(named), func.lower(Account.name).contains(text.lower(), autoescape=True)),
        )
        .order_by(Account.id)
        .limit(OFFICERS)
    ).all()


def search_events(
    scopes: Scopes,
    *,
    officers: Collection[int] | None = None,
    code: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    edge: tuple[datetime, str, int] | None = None,
    is_backwards: bool = False,
    limit: int = PAGE,
) -> Sequence[Any]:
    """Events within the scopes, newest first, by officers, object (application code) and time [since, until).

    edge: (at, application code, seq) of the row where the page that was left ended; `is_backwards`
    reads from there towards the newer ones, in that order. Reasons are not shown here: they belong
    to the case. None of `officers` finds everybody's events, an empty collection nobody's.
    """
    wanted = [_within(scopes)]
    if officers is not None:
        wanted += [Event.actor_kind == "officer", Event.actor_id.in_(sorted(officers))]
    if code:
        wanted.append(Application.code == code)
    if since is not None:
        wanted.append(Event.at >= since)
    if until is not None:
        wanted.append(Event.at < until)
    place = tuple_(Event.at, Event.id)
    if edge is not None:
        left = tuple_(literal(edge[0], Event.at.type), _event_id(edge[1], edge[2]).scalar_subquery())
        wanted.append(place > left if is_backwards else place < left)
    order = (Event.at, Event.id)
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
            Application.sent_at,
            Account.name.label("actor_name"),
        )
        .join(Application, and_(Application.id == Event.subject_id, Event.subject_type == "application"))
        .outerjoin(Account, Account.id == Event.actor_id)
        .where(*wanted)
        .order_by(*(order if is_backwards else (column.desc() for column in order)))
        .limit(limit)
    ).all()


def _within(scopes: Scopes) -> ColumnElement[bool]:
    whole = [agency for agency, offices in scopes.items() if not offices]
    parts = [
        and_(Application.agency == agency, Application.office.in_(sorted(offices)))
        for agency, offices in scopes.items()
        if offices
    ]
    return or_(Application.agency.in_(sorted(whole)), *parts)


def _event_id(code: str, seq: int) -> Select[Any]:
    return (
        select(Event.id)
        .join(Application, Application.id == Event.subject_id)
        .where(Event.subject_type == "application", Application.code == code, Event.seq == seq)
    )
