"""Registrations that were begun and left: after a week they are erased, and the account that only they had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, Update, delete, exists, or_, select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import (
    Account,
    AccountChange,
    Answers,
    Application,
    Credential,
    Duty,
    EmailChange,
    Enrolment,
    KnownPlace,
    LoginName,
    Message,
    OutsideIdentity,
    Recovery,
    StashedForm,
    StoppedNumber,
    Token,
    Visit,
)
from portal.operations.applications import erase_draft
from portal.operations.portraits import remove_portrait
from portal.transaction import change

KEPT = timedelta(days=7)
BATCH = 200
OF_THE_PERSON = (
    Credential,
    LoginName,
    Token,
    StashedForm,
    Visit,
    AccountChange,
    EmailChange,
    StoppedNumber,
    KnownPlace,
    OutsideIdentity,
)


def list_abandoned() -> Sequence[int]:
    """Ids of registrations that were never sent and of which nobody was seen for a week, oldest first."""
    return db.session.scalars(_abandoned().order_by(Application.id).limit(BATCH)).all()


def erase_abandoned(application_id: int) -> bool:
    """Erase one, if it is still abandoned: what was typed, and its account when nothing else hangs on it."""
    found = db.session.scalar(_abandoned().where(Application.id == application_id).with_for_update())
    application = db.session.get(Application, found) if found is not None else None
    if application is None:
        return False
    erase_draft(application, Actor("system"))
    change(delete(Token).where(Token.application_id == application.id))
    change(_emptied().where(Message.application_id == application.id))
    if application.account_id is not None and not _is_needed(application.account_id):
        erase_account(application.account_id)
    return True


def _abandoned() -> Select[int]:
    since = clock.now() - KEPT
    return select(Application.id).where(
        Application.kind == "registration",
        Application.round == 0,
        Application.erased_at.is_(None),
        Application.created_at < since,
        ~exists().where(Enrolment.application_id == Application.id),
        ~exists().where(Answers.application_id == Application.id, Answers.saved_at >= since),
        ~exists().where(Token.application_id == Application.id, Token.created_at >= since),
    )


def _is_needed(account_id: int) -> bool:
    """Whether the account is more than the draft's: a proven name, an enrolment, a duty, another application."""
    return bool(
        db.session.scalar(
            select(
                or_(
                    exists().where(Application.account_id == account_id, Application.erased_at.is_(None)),
                    exists().where(Enrolment.account_id == account_id),
                    exists().where(Duty.account_id == account_id),
                    exists().where(LoginName.account_id == account_id, LoginName.proven_at.is_not(None)),
                )
            )
        )
    )


def erase_account(account_id: int) -> None:
    """Nothing of the person stays; the empty row does, because the chain of events names its number."""
    remove_portrait(account_id)
    for table in OF_THE_PERSON:
        change(delete(table).where(table.account_id == account_id))
    change(_emptied().where(Message.account_id == account_id))
    change(
        update(Account)
        .where(Account.id == account_id)
        .values(name="", phone=None, phone_digest=None, phone_proven_at=None, email=None, email_digest=None)
    )
    change(update(Recovery).where(Recovery.account_id == account_id).values(phone=None, email=None, note=""))


def _emptied() -> Update:
    return update(Message).values(recipient=None, subject=None, body=None)
