"""A birth certificate on its way behind the screens: sent, approved, made, signed."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select

from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, IssuedDocument, LoginName, Message
from portal.operations.perform import Payload, perform
from portal.operations.signing import issue_demo_signer
from portal.transaction import transaction
from tests import cases
from tests.people import AGENCY, OFFICERS, SERVICE

PASSPHRASE = "Rahasia-Penandatangan-77"


def officer(role: str) -> Actor:
    """The officer of a role, as an actor."""
    digest = current_app.extensions["vault"].digest("username", OFFICERS[role][1])
    account_id = db.session.scalar(select(LoginName.account_id).where(LoginName.digest == digest))
    return Actor("officer", account_id, frozenset({role.removeprefix("second-")}))


def act(application_id: int, action: str, actor: Actor, reason: str = "") -> None:
    """One action in a transaction of its own."""
    with transaction():
        application = db.session.get(Application, application_id)
        assert application is not None
        perform(application, action, actor, Payload(reason=reason))


def send_birth(account_id: int, *, baby: str = "") -> int:
    """A sent application for a birth certificate; its id. baby: another NIK than the usual one."""
    given = {"baby_nik": baby} if baby else {}
    with transaction():
        application = cases.send(cases.fill(cases.start(AGENCY, SERVICE, account_id), given))
    return application.id


def approve(application_id: int) -> IssuedDocument:
    """A verifier takes and approves it; the paper that is now wanted."""
    verifier = officer("verifier")
    act(application_id, "take", verifier)
    act(application_id, "approve", verifier)
    return paper(application_id)


def give_certificate() -> int:
    """The signer's certificate, under PASSPHRASE; the signer's account id."""
    account_id = officer("signer").account_id
    assert account_id is not None
    issue_demo_signer(account_id, PASSPHRASE, organisation="Disdukcapil")
    return account_id


def paper(application_id: int) -> IssuedDocument:
    """The newest paper, freshly read."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(
        select(IssuedDocument).where(IssuedDocument.application_id == application_id).order_by(IssuedDocument.id.desc())
    ).first()


def state_of(application_id: int) -> str | None:
    """Where it stands now."""
    db.session.expire_all()
    return db.session.scalar(select(Application.state).where(Application.id == application_id))


def messages(**wanted: object) -> list[Message]:
    """The messages with these values, oldest first, freshly read."""
    db.session.expire_all()
    return list(db.session.scalars(select(Message).filter_by(**wanted).order_by(Message.id)))
