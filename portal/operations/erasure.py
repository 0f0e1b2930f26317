"""Erasing what an agency holds of a person, as far as the duty to keep archives lets it (UU 27/2022, UU 43/2009)."""

from __future__ import annotations

from sqlalchemy import delete, exists, or_, select, update

from portal import clock
from portal.engine.messages import first_name
from portal.engine.workflow import Actor
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Account, Answers, Application, Duty, Enrolment, LoginName, Message, Visit
from portal.operations import counts
from portal.operations.abandoned import erase_account
from portal.operations.applications import erase_draft
from portal.operations.events import record_event
from portal.operations.outbox import post_message
from portal.operations.traces import forget_application, forget_at_agency, forget_with_account
from portal.operations.visits import end_visits_of
from portal.transaction import change

SYSTEM = Actor("system")


def may_erase(account_id: int, agency: str) -> bool:
    """Whether nothing binds the agency to keep the data: it was never asked for a service."""
    return not db.session.scalar(
        select(
            exists().where(
                Application.account_id == account_id,
                Application.agency == agency,
                Application.kind == "service",
                Application.round > 0,
            )
        )
    )


def restrict_enrolment(account_id: int, agency: str) -> None:
    """Keep the data for the archive and use it for nothing else: nobody can act with it any more."""
    change(
        update(Enrolment).where(Enrolment.account_id == account_id, Enrolment.agency == agency).values(state="blocked")
    )
    change(delete(Visit).where(Visit.account_id == account_id, Visit.agency == agency))
    _record(account_id, agency, "restrict_data")


def erase_enrolment(account_id: int, agency: str) -> None:
    """Erase registration, login names, drafts and news of one agency; the account too when it has no other.

    Raises Conflict when the agency must keep papers: then the data can only be restricted.
    """
    if not may_erase(account_id, agency):
        raise Conflict("Ada pengajuan yang wajib diarsipkan. Pilih dibatasi, bukan dihapus.")
    _say_goodbye(account_id, agency)
    _record(account_id, agency, "erase_data")
    drafts = select(Application).where(
        Application.account_id == account_id, Application.agency == agency, Application.erased_at.is_(None)
    )
    for application in db.session.scalars(drafts).all():
        _erase_application(application)
    change(delete(LoginName).where(LoginName.account_id == account_id, LoginName.agency == agency))
    change(
        update(Enrolment)
        .where(Enrolment.account_id == account_id, Enrolment.agency == agency)
        .values(state="blocked", profile={}, nik_digest=None, kk_digest=None)
    )
    change(
        update(Message)
        .where(Message.account_id == account_id, Message.agency == agency, Message.template != "data-dihapus")
        .values(recipient=None, subject=None, body=None)
    )
    forget_at_agency(account_id, agency)
    if not _has_more(account_id, agency):
        erase_account(account_id)
        forget_with_account(account_id)
        end_visits_of(account_id)
    db.session.flush()


def _erase_application(application: Application) -> None:
    if application.round == 0:
        erase_draft(application, SYSTEM)
        forget_application(application)
        return
    counts.leave(application)
    change(update(Answers).where(Answers.application_id == application.id).values(values={}))
    application.subject_name = ""
    application.subject_digest = None
    application.family_digest = None
    forget_application(application)
    application.erased_at = clock.now()


def _has_more(account_id: int, agency: str) -> bool:
    """Whether the person is still somebody at another agency, or an officer; what was erased there is nothing."""
    return bool(
        db.session.scalar(
            select(
                or_(
                    exists().where(Duty.account_id == account_id),
                    exists().where(
                        Application.account_id == account_id,
                        Application.agency != agency,
                        Application.erased_at.is_(None),
                    ),
                )
            )
        )
    )


def _say_goodbye(account_id: int, agency: str) -> None:
    """The last message; it is written before the address is forgotten."""
    account = db.session.get(Account, account_id)
    if account is None:
        return
    post_message(
        "data-dihapus",
        agency=agency,
        to_phone=account.phone if account.phone_proven_at else None,
        to_email=account.email,
        values={"first_name": first_name(account.name)},
        dedupe=f"erased:{account_id}:{agency}",
    )


def _record(account_id: int, agency: str, action: str) -> None:
    """In the chain of the registration, which stays when what it held is gone."""
    registration = db.session.scalar(
        select(Application.id)
        .where(Application.account_id == account_id, Application.agency == agency, Application.kind == "registration")
        .order_by(Application.id.desc())
        .limit(1)
    )
    if registration is not None:
        record_event(registration, action, SYSTEM)
