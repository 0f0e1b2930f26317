"""Reads of recoveries at the counter: who may do them where, whom a NIK finds, and what waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from portal import clock
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Account, AccountChange, Application, Enrolment, Recovery
from portal.queries.catalogue import catalogue
from portal.queries.reach import Duty
from portal.queries.rows import AnyRow

PAGE = 50
OBJECTED_FOR = timedelta(days=30)  # so long officers see what an owner undid


@dataclass(frozen=True)
class Person:
    """Somebody enrolled whom an officer may recover: the account and its registration."""

    account: Account
    application: Application
    enrolment: Enrolment


def recovering(duties: Iterable[Duty]) -> dict[str, frozenset[str]]:
    """Agency -> offices (empty: all) in which these duties recover accounts."""
    found: dict[str, set[str]] = {}
    for duty in duties:
        agency = catalogue().agencies.get(duty.agency)
        role = agency.roles.get(duty.role) if agency else None
        if role is not None and role.recovers:
            found.setdefault(duty.agency, set()).add(duty.office)
    return {code: frozenset() if "" in offices else frozenset(offices) for code, offices in found.items()}


def list_persons(duties: Iterable[Duty], nik: str) -> list[Person]:
    """Enrolments with this NIK at the agencies and offices of the duties, by agency."""
    digest = current_app.extensions["vault"].digest("nik", nik)
    return _persons(duties, Enrolment.nik_digest == digest)


def get_person(duties: Iterable[Duty], code: str) -> Person:
    """The enrolled person of a registration, or NotFound beyond the reach of the duties."""
    found = _persons(duties, Application.code == code)
    if not found:
        raise NotFound("registration")
    return found[0]


def list_recoveries(duties: Iterable[Duty]) -> Sequence[AnyRow]:
    """Recoveries of the agencies at hand, newest first, each with the names of its two officers."""
    recorder, confirmer = aliased(Account), aliased(Account)
    where = _within(duties)
    if where is None:
        return []
    return db.session.execute(
        select(
            Recovery.code,
            Recovery.agency,
            Recovery.state,
            Recovery.document,
            Recovery.recorded_by,
            Recovery.recorded_at,
            Recovery.due_at,
            Account.name,
            recorder.name.label("recorder"),
            confirmer.name.label("confirmer"),
        )
        .join(Account, Account.id == Recovery.account_id)
        .join(Application, Application.id == Recovery.application_id)
        .join(recorder, recorder.id == Recovery.recorded_by)
        .outerjoin(confirmer, confirmer.id == Recovery.confirmed_by)
        .where(where)
        .order_by(Recovery.id.desc())
        .limit(PAGE)
    ).all()


def list_objections(duties: Iterable[Duty]) -> Sequence[AnyRow]:
    """Changes that owners of old contacts undid lately (*Bukan saya*), newest first, with the registration."""
    where = _within(duties)
    if where is None:
        return []
    return db.session.execute(
        select(AccountChange.kind, AccountChange.made_at, AccountChange.undone_at, Application.code, Account.name)
        .join(Account, Account.id == AccountChange.account_id)
        .join(Enrolment, and_(Enrolment.account_id == Account.id, Enrolment.agency == AccountChange.agency))
        .join(Application, Application.id == Enrolment.application_id)
        .where(where, AccountChange.undone_at > clock.now() - OBJECTED_FOR)
        .order_by(AccountChange.id.desc())
        .limit(PAGE)
    ).all()


def get_recovery(duties: Iterable[Duty], code: str) -> tuple[Recovery, Person]:
    """One recovery and its person, or NotFound beyond the reach of the duties."""
    found = db.session.scalar(select(Recovery).where(Recovery.code == code))
    if found is None:
        raise NotFound("recovery")
    return found, _one(_persons(duties, Application.id == found.application_id))


def is_proven_better_elsewhere(person: Person) -> bool:
    """Whether another agency proved this person better than the one at whose counter they stand."""
    best = select(Enrolment.id).where(
        Enrolment.account_id == person.account.id,
        Enrolment.state == "active",
        Enrolment.assurance > person.enrolment.assurance,
    )
    return db.session.scalar(best.limit(1)) is not None


def find_open_recovery(account_id: int) -> Recovery | None:
    """The recovery that somebody asked for in this account's name, while it can still be stopped."""
    return db.session.scalar(
        select(Recovery).where(Recovery.account_id == account_id, Recovery.state.in_(("recorded", "confirmed")))
    )


def read_account(account_id: int) -> tuple[Account, bool]:
    """An account, and whether somebody asks for it at a counter, in one read."""
    row = db.session.execute(
        select(Account, Recovery.id)
        .outerjoin(Recovery, and_(Recovery.account_id == Account.id, Recovery.state.in_(("recorded", "confirmed"))))
        .where(Account.id == account_id)
    ).one_or_none()
    if row is None:
        raise NotFound("account")
    return row[0], row[1] is not None


def _one(found: list[Person]) -> Person:
    if not found:
        raise NotFound("registration")
    return found[0]


def _persons(duties: Iterable[Duty], condition: ColumnElement[bool]) -> list[Person]:
    where = _within(duties)
    if where is None:
        return []
    rows = db.session.execute(
        select(Account, Application, Enrolment)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .join(Application, Application.id == Enrolment.application_id)
        .where(condition, where, Enrolment.state == "active", Account.blocked_at.is_(None))
        .order_by(Application.agency, Enrolment.id)
        .limit(PAGE)
    ).all()
    return [Person(*row) for row in rows]


def _within(duties: Iterable[Duty]) -> ColumnElement[bool] | None:
    reach = recovering(duties)
    if not reach:
        return None
    return or_(
        *(
            (Application.agency == agency) & Application.office.in_(offices)
            if offices
            else Application.agency == agency
            for agency, offices in reach.items()
        )
    )
