"""Acting through the one door in tests: who acts, what guards ask for, and all that an action may change."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import func, select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import (
    Account,
    Application,
    ChatMessage,
    Enrolment,
    Event,
    EventText,
    IssuedDocument,
    LoginName,
    Message,
    RevisionNote,
    StateCount,
    Submission,
)
from portal.operations.perform import Payload, perform
from portal.operations.submissions import send_application
from portal.queries.catalogue import catalogue, declared_for
from portal.transaction import transaction
from tests.cases import consent_version, issue_paper, prove_mailbox

REASON = "Alasan yang cukup panjang."


def actors(applicant: int) -> dict[str, Actor]:
    """One actor of each kind, officers in each role of any agency and one in none."""
    roles = dict.fromkeys(role for agency in catalogue().agencies.values() for role in agency.roles)
    names = [*roles, "nobody"]
    with transaction() as session:
        accounts = [Account(name=f"Petugas {name}", created_at=clock.now()) for name in names]
        session.add_all(accounts)
    officers = {
        name: Actor("officer", account.id, frozenset({name} & set(roles)))
        for name, account in zip(names, accounts, strict=True)
    }
    return {"applicant": Actor("applicant", applicant), "system": Actor("system"), **officers}


def everything() -> dict[str, Any]:
    """All that an action may change, as plain values."""
    db.session.remove()
    tables = (Event, EventText, Message, IssuedDocument, Submission, ChatMessage, RevisionNote)
    counts = {t.__tablename__: db.session.scalar(select(func.count()).select_from(t)) for t in tables}
    rows = db.session.execute(
        select(
            Application.code,
            Application.state,
            Application.version,
            Application.seq,
            Application.head,
            Application.round,
            Application.claimed_by,
            Application.entered_at,
        ).order_by(Application.id)
    ).all()
    return counts | {"applications": [tuple(row) for row in rows], "counters": counters()}


def counters() -> dict[tuple[str, ...], int]:
    rows = db.session.execute(
        select(
            StateCount.agency,
            StateCount.service,
            StateCount.office,
            StateCount.state,
            StateCount.total,
        ).where(StateCount.total > 0)
    )
    return {tuple(row[:4]): row.total for row in rows}


def real_counts() -> dict[tuple[str, ...], int]:
    keys = (Application.agency, Application.service, Application.office, Application.state)
    rows = db.session.execute(select(*keys, func.count()).where(Application.erased_at.is_(None)).group_by(*keys))
    return {tuple(row[:4]): row[4] for row in rows}


def recount() -> None:
    """Make the counters true again after test people were put into a state from outside."""
    real = real_counts()
    with transaction() as session:
        session.execute(update(StateCount).values(total=0))
        for (agency, service, office, state), total in real.items():
            found = session.scalar(
                select(StateCount).where(
                    StateCount.agency == agency,
                    StateCount.service == service,
                    StateCount.office == office,
                    StateCount.state == state,
                )
            )
            if found is None:
                session.add(StateCount(agency=agency, service=service, office=office, state=state, total=total))
            else:
                found.total = total


def provide(application: Application, key: str, actor: Actor) -> None:
    """What the guards of an action ask for, put there from outside."""
    action = declared_for(application).workflow.actions[key]
    if "claimed" in action.needs:
        db.session.execute(
            update(Application).where(Application.id == application.id).values(claimed_by=actor.account_id)
        )
    if "notes" in action.needs:
        db.session.add(
            RevisionNote(
                application_id=application.id,
                round=application.round,
                target="",
                text="Foto buram.",
                author_id=actor.account_id,
                written_at=clock.now(),
            )
        )
    if "notes_answered" in action.needs:
        db.session.execute(
            update(RevisionNote)
            .where(RevisionNote.application_id == application.id, RevisionNote.answered_at.is_(None))
            .values(answered_at=clock.now(), returned_at=clock.now())
        )
    if {"document_signed", "within_report_period"} & set(action.needs):
        _sign(application)
    if "email_proven" in action.needs:
        prove_mailbox(application)
    if "account_exists" in action.needs:
        _give_name(application)
    if {"take_change", "drop_change", "block", "unblock"} & {effect.name for effect in action.effects}:
        _enrol(application)
    db.session.flush()
    db.session.refresh(application)


def _give_name(application: Application) -> None:
    """A proven name to log in with; one more does no harm."""
    db.session.add(
        LoginName(
            account_id=application.account_id,
            agency=application.agency,
            kind="username",
            digest=secrets.token_hex(32),
            proven_at=clock.now(),
        )
    )


def _enrol(application: Application) -> None:
    """The enrolment that this registration led to, which its account may have from an earlier one."""
    of_account = (
        Enrolment.account_id == application.account_id,
        Enrolment.agency == application.agency,
        Enrolment.office == application.office,
    )
    found = db.session.scalar(select(Enrolment).where(*of_account))
    if found is None:
        found = Enrolment(
            account_id=application.account_id,
            agency=application.agency,
            office=application.office,
            profile={},
            enrolled_at=clock.now(),
        )
        db.session.add(found)
    found.application_id = application.id
    found.state = "active"


def _sign(application: Application) -> None:
    signed = db.session.execute(
        update(IssuedDocument)
        .where(
            IssuedDocument.application_id == application.id,
            IssuedDocument.state.in_(("wanted", "made")),
        )
        .values(state="signed", signed_at=clock.now())
    )
    standing = select(IssuedDocument.id).where(
        IssuedDocument.application_id == application.id, IssuedDocument.state == "signed"
    )
    if signed.rowcount == 0 and db.session.scalar(standing.limit(1)) is None:
        last = select(func.max(IssuedDocument.issue)).where(IssuedDocument.application_id == application.id)
        issue_paper(
            application,
            state="signed",
            signed_at=clock.now(),
            issue=(db.session.scalar(last) or 0) + 1,
        )


def act(application: Application, key: str, actor: Actor) -> Any:
    """Do the action with what a person would have typed; sending goes its own way through the door."""
    if "consent" in declared_for(application).workflow.actions[key].needs:
        return send_application(
            application,
            actor,
            consent_version=consent_version(application),
            seen=application.version,
            action=key,
        )
    payload = Payload(seen=application.version, reason=REASON, challenge_passed=True)
    return perform(application, key, actor, payload)
