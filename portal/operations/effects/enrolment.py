"""Effects of registrations: a name is proven, a link is sent, an enrolment begins or is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.engine.declare import Registration
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Account, Enrolment, LoginName
from portal.operations.outbox import due_words, notify_applicant
from portal.operations.tokens import ACTIVATION, end_tokens, issue_activation
from portal.queries.answers import answers_of

if TYPE_CHECKING:
    from portal.operations.perform import Performed


def enrol(performed: Performed, _argument: str) -> None:
    """An officer has proven that the login name is this person's; from now on it is theirs alone.

    Raises Conflict when another account holds it: two people with one number are for an officer.
    """
    application = performed.application
    held = select(LoginName.id).where(
        LoginName.agency == application.agency,
        LoginName.account_id != application.account_id,
        LoginName.proven_at.is_not(None),
        LoginName.digest.in_(
            select(LoginName.digest).where(
                LoginName.account_id == application.account_id,
                LoginName.agency == application.agency,
            )
        ),
    )
    if db.session.scalar(held.limit(1)) is not None:
        raise _taken()
    try:
        db.session.execute(
            update(LoginName)
            .where(
                LoginName.account_id == application.account_id,
                LoginName.agency == application.agency,
            )
            .values(proven_at=performed.at)
        )
        db.session.flush()
    except IntegrityError as error:
        raise _taken() from error


def send_activation(performed: Performed, key: str) -> None:
    """Send a fresh link to every contact of the applicant; earlier links end (SIN-19, SIN-22)."""
    application = performed.application
    rules = _rules(performed)
    assert application.account_id is not None
    issued = issue_activation(application.id, application.account_id, rules.activation_for)
    notify_applicant(
        application,
        key,
        dedupe=f"activation:{issued.id}",
        values={
            "link": f"/aktivasi/{issued.secret}",
            "due": due_words(issued.expires_at, performed.declared.agency.zone),
        },
    )


def activate(performed: Performed, _argument: str) -> None:
    """The enrolment begins, with what the agency keeps of the answers, sealed."""
    application = performed.application
    rules = _rules(performed)
    answers = {k: v for step in answers_of(application.id).values() for k, v in step.items()}
    profile = {name: answers[key] for name, key in rules.profile.items() if key in answers}
    enrolment = db.session.scalar(
        select(Enrolment).where(
            Enrolment.account_id == application.account_id,
            Enrolment.agency == application.agency,
        )
    )
    if enrolment is None:
        enrolment = Enrolment(account_id=application.account_id, agency=application.agency)
        db.session.add(enrolment)
    vault = current_app.extensions["vault"]
    enrolment.state = "active"
    enrolment.application_id = application.id
    enrolment.profile = profile
    enrolment.nik_digest = vault.digest("nik", profile["nik"]) if profile.get("nik") else None
    enrolment.kk_digest = vault.digest("kk", profile["kk"]) if profile.get("kk") else None
    enrolment.enrolled_at = clock.now()
    account = db.session.get(Account, application.account_id)
    if account is not None and profile.get("name"):
        account.name = profile["name"][:200]
    db.session.flush()


def unenrol(performed: Performed, _argument: str) -> None:
    """An approval is taken back: the link ends and the name is a claim again."""
    application = performed.application
    end_tokens(application.id, ACTIVATION)
    db.session.execute(
        update(LoginName)
        .where(
            LoginName.account_id == application.account_id,
            LoginName.agency == application.agency,
        )
        .values(proven_at=None)
    )
    db.session.execute(
        delete(Enrolment).where(
            Enrolment.account_id == application.account_id,
            Enrolment.agency == application.agency,
        )
    )


def _rules(performed: Performed) -> Registration:
    rules = performed.declared.service.registration
    assert rules is not None, "portal check allows these effects in registrations only"
    return rules


def _taken() -> Conflict:
    return Conflict(
        "Sudah ada akun lain yang terbukti memakai nomor ini. Periksa kedua pendaftaran,"
        " lalu tolak yang bukan miliknya."
    )


EFFECTS = {
    "enrol": enrol,
    "send_activation": send_activation,
    "activate": activate,
    "unenrol": unenrol,
}
