"""Reads of the audit trail: who did what to which object, and when (XCT-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, cast, func, literal, null, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Account, Application, Duty, Event, LoginName, Membership, Officer, OfficerRequest
from portal.queries import reach
from portal.queries.catalogue import catalogue

PAGE = 50
STAFF = ("duty", "officer", "officer_request", "membership")  # subjects that are no case
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
    return {agency: reach.offices_covered(catalogue(), agency, found) for agency, found in offices.items()}


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
    wanted: list[ColumnElement[bool]] = []
    if officers is not None:
        wanted += [Event.actor_kind == "officer", Event.actor_id.in_(sorted(officers))]
    if since is not None:
        wanted.append(Event.at >= since)
    if until is not None:
        wanted.append(Event.at < until)
    place = tuple_(Event.at, Event.id)
    if edge is not None:
        left = tuple_(literal(edge[0], Event.at.type), _event_id(edge[1], edge[2]).scalar_subquery())
        wanted.append(place > left if is_backwards else place < left)
    order = (Event.at, Event.id) if is_backwards else (Event.at.desc(), Event.id.desc())
    # Each half is cut before they meet, so that neither is read further than a page.
    halves = [_of_cases(scopes, code)] if code else [_of_cases(scopes, ""), _of_staff(scopes)]
    cut = [half.where(*wanted).order_by(*order).limit(limit).subquery() for half in halves]
    both = union_all(*(select(*half.c) for half in cut)).subquery()
    joint = (both.c.at, both.c.id) if is_backwards else (both.c.at.desc(), both.c.id.desc())
    return db.session.execute(select(*both.c).order_by(*joint).limit(limit)).all()


def _of_cases(scopes: Scopes, code: str) -> Select[Any]:
    """What happened to applications."""
    found = (
        _events(
            Application.code,
            Application.agency,
            Application.service,
            Application.sent_at,
            literal("").label("concerned"),
            literal("").label("role"),
        )
        .join(Application, and_(Application.id == Event.subject_id, Event.subject_type == "application"))
        .where(_within(scopes))
    )
    return found.where(Application.code == code) if code else found


def _of_staff(scopes: Scopes) -> Select[Any]:
    """What happened to duties, officers, and members of groups, who are told by their institution."""
    concerned = aliased(Account)
    duty = and_(Duty.id == Event.subject_id, Event.subject_type == "duty")
    asked = and_(OfficerRequest.id == Event.subject_id, Event.subject_type == "officer_request")
    officer = and_(Officer.id == Event.subject_id, Event.subject_type == "officer")
    member = and_(Membership.id == Event.subject_id, Event.subject_type == "membership")
    whole = [agency for agency, offices in scopes.items() if not offices]
    serves = aliased(Duty)
    return (
        _events(
            func.coalesce(Duty.code, OfficerRequest.code, Officer.code, Membership.code).label("code"),
            func.coalesce(Duty.agency, OfficerRequest.agency, Membership.agency, "").label("agency"),
            literal("").label("service"),
            cast(null(), Application.sent_at.type).label("sent_at"),
            func.coalesce(Membership.institution, concerned.name).label("concerned"),
            func.coalesce(Duty.role, OfficerRequest.role, Membership.group_key, "").label("role"),
        )
        .outerjoin(Duty, duty)
        .outerjoin(OfficerRequest, asked)
        .outerjoin(Officer, officer)
        .outerjoin(Membership, member)
        .join(
            concerned,
            concerned.id
            == func.coalesce(Duty.account_id, OfficerRequest.account_id, Officer.id, Membership.account_id),
        )
        .where(
            Event.subject_type.in_(STAFF),
            or_(
                _at(Duty, scopes),
                _at(OfficerRequest, scopes),
                Membership.agency.in_(sorted(whole)),
                Officer.id.in_(select(serves.account_id).where(_at(serves, scopes))),
            ),
        )
    )


def _events(*of_subject: Any) -> Select[Any]:
    return (
        select(
            Event.id,
            Event.at,
            Event.action,
            Event.subject_type,
            Event.actor_kind,
            Event.from_state,
            Event.to_state,
            Event.seq,
            *of_subject,
            Account.name.label("actor_name"),
        )
        .select_from(Event)
        .outerjoin(Account, Account.id == Event.actor_id)
    )


def _within(scopes: Scopes) -> ColumnElement[bool]:
    return _at(Application, scopes)


def _at(table: Any, scopes: Scopes) -> ColumnElement[bool]:
    """Whether a row's agency and office lie within the scopes."""
    whole = [agency for agency, offices in scopes.items() if not offices]
    parts = [
        and_(table.agency == agency, table.office.in_(sorted(offices))) for agency, offices in scopes.items() if offices
    ]
    return or_(table.agency.in_(sorted(whole)), *parts)


def _event_id(code: str, seq: int) -> Select[Any]:
    """The event that a page's edge names, by the public code of its subject and its number there."""
    subjects: dict[str, Any] = {
        "application": Application,
        "duty": Duty,
        "officer": Officer,
        "officer_request": OfficerRequest,
        "membership": Membership,
    }
    named = [
        and_(
            Event.subject_type == name,
            Event.subject_id == select(table.id).where(table.code == code).scalar_subquery(),
        )
        for name, table in subjects.items()
    ]
    return select(Event.id).where(or_(*named), Event.seq == seq).limit(1)
