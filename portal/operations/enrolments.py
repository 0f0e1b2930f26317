"""Enrolments: begun with what an agency keeps of a registration, blocked and opened again, taken back."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import ColumnElement, delete, func, select

from portal import clock
from portal.engine.assurance import assurance_of
from portal.engine.declare import Service
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Account, Application, Credential, Enrolment
from portal.operations.visits import end_visits_at
from portal.queries.answers import answers_of


def begin_enrolment(application: Application, service: Service) -> Enrolment:
    """The outcome of a registration, with what the agency keeps of the answers, sealed."""
    rules = service.registration
    assert rules is not None
    answers = {k: v for step in answers_of(application.id).values() for k, v in step.items()}
    profile = {name: answers[key] for name, key in rules.profile.items() if answers.get(key)}
    office = application.office if rules.scope == "office" else ""
    is_first = db.session.scalar(select(Enrolment.id).where(Enrolment.account_id == application.account_id)) is None
    enrolment = find_enrolment(application, office)
    if enrolment is None:
        enrolment = Enrolment(account_id=application.account_id, agency=application.agency, office=office)
        db.session.add(enrolment)
    vault = current_app.extensions["vault"]
    enrolment.kind = answers.get(rules.kind, "")[:20] if rules.kind else ""
    enrolment.assurance = assurance_of(rules.proof)
    enrolment.state = "active"
    enrolment.application_id = application.id
    enrolment.profile = profile
    enrolment.nik_digest = vault.digest("nik", profile["nik"]) if profile.get("nik") else None
    enrolment.kk_digest = vault.digest("kk", profile["kk"]) if profile.get("kk") else None
    enrolment.enrolled_at = clock.now()
    account = db.session.get(Account, application.account_id)
    if account is not None and is_first and profile.get("name"):
        account.name = profile["name"][:200]
    db.session.flush()
    grade_password(application.account_id, enrolment.assurance, besides=enrolment.id)
    return enrolment


def find_enrolment(application: Application, office: str | None = None) -> Enrolment | None:
    """The enrolment that a registration led to, or the account's earlier one at that office."""
    where: list[ColumnElement[bool]] = [
        Enrolment.account_id == application.account_id,
        Enrolment.agency == application.agency,
    ]
    where.append(Enrolment.application_id == application.id if office is None else Enrolment.office == office)
    return db.session.scalar(select(Enrolment).where(*where))


def end_enrolment(application: Application) -> None:
    """Take an approval back."""
    db.session.execute(delete(Enrolment).where(Enrolment.application_id == application.id))


def block_enrolment(application: Application) -> None:
    """Shut an enrolment: what it opened closes in every live session at once; other agencies are left alone."""
    enrolment = find_enrolment(application)
    if enrolment is None:
        raise Conflict("User belum dibuat. Buat dulu user untuk dapat memblokirnya.")
    enrolment.state = "blocked"
    db.session.flush()
    if application.account_id is not None and not is_enrolled(application.account_id, application.agency):
        end_visits_at(application.account_id, application.agency)


def unblock_enrolment(application: Application) -> None:
    """Open a blocked enrolment again."""
    enrolment = find_enrolment(application)
    if enrolment is not None:
        enrolment.state = "active"
        db.session.flush()


def is_enrolled(account_id: int, agency: str) -> bool:
    """Whether any enrolment of the account with an agency is active."""
    found = select(Enrolment.id).where(
        Enrolment.account_id == account_id, Enrolment.agency == agency, Enrolment.state == "active"
    )
    return db.session.scalar(found.limit(1)) is not None


def grade_password(account_id: int | None, level: int, *, besides: int) -> None:
    """Let a password that came through a stronger proof count for more.

    besides: the enrolment that proves it. Not where the account has another one that this password may
    not open: whoever set it by a weaker rule must not climb there by enrolling somewhere else (design §4).
    """
    credential = db.session.get(Credential, account_id)
    if credential is None or credential.assurance >= level:
        return
    others = select(func.max(Enrolment.assurance)).where(Enrolment.account_id == account_id, Enrolment.id != besides)
    if (db.session.scalar(others) or 0) <= credential.assurance:
        credential.assurance = level
        db.session.flush()
