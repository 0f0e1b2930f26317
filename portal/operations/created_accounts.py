"""Accounts that an officer made: the mail with the name and a link, and the password that is set behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.engine.assurance import assurance_of
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application, Enrolment
from portal.operations.credentials import keep_password
from portal.operations.events import record_event
from portal.operations.outbox import due_words, notify_applicant
from portal.operations.tokens import Holder, find_open_link, issue_link, use_up
from portal.operations.visits import end_visits_of
from portal.queries.catalogue import declared_for
from portal.queries.registrations import OwnRegistration, find_registration_of
from portal.queries.rows import AnyRow

KIND = "account"  # a link behind which the password of a made account is set
MADE_NAME = "login_name"  # under which an enrolment's profile keeps a name that was made


@dataclass(frozen=True)
class MadeAccount:
    """An open link: whose account it is, and its login name."""

    own: OwnRegistration
    login_name: str
    name: str


def send_made_account(application: Application, key: str) -> None:
    """Mail the login name with a fresh link; never a password (KAR-31, KAR-32)."""
    declared = declared_for(application)
    rules = declared.service.registration
    assert rules is not None
    holder = Holder(application.account_id, application.id)
    issued = issue_link(KIND, holder, lives=rules.activation_for)
    notify_applicant(
        application,
        key,
        dedupe=f"account:{issued.id}",
        values={
            "login_name": login_name_of(application),
            "link": f"/akun-baru/{issued.secret}",
            "due": due_words(issued.expires_at, declared.agency.zone),
        },
    )


def login_name_of(application: Application) -> str:
    """The name that was made for the account at this agency, or "" where it chose its own."""
    return _made_name(_enrolments_of(application))


def find_made_account(secret: str) -> MadeAccount | None:
    """The account behind a link, while the link works; a read, for previews burn nothing."""
    token = find_open_link(KIND, secret)
    own = find_registration_of(token.application_id) if token else None
    kept = _enrolments_of(own.application) if own else []
    # A blocked account sets no password.
    if own is None or not any(row.application_id == own.application.id and row.state == "active" for row in kept):
        return None
    account = db.session.get(Account, own.application.account_id)
    return MadeAccount(own, _made_name(kept), account.name if account else "")


def choose_first_password(secret: str, password_hash: str) -> bool:
    """Use the link up and keep the password; False when the link ended meanwhile."""
    found = find_made_account(secret)
    token = find_open_link(KIND, secret)
    if found is None or token is None or not use_up(token):
        return False
    application = found.own.application
    assert application.account_id is not None
    keep_password(application.account_id, password_hash, assurance=assurance_of(found.own.rules.proof))
    end_visits_of(application.account_id)
    state = application.state
    actor = Actor("applicant", application.account_id)
    record_event(application.id, "set_password", actor, from_state=state, to_state=state)
    return True


def _enrolments_of(application: Application) -> Sequence[AnyRow]:
    return db.session.execute(
        select(Enrolment.application_id, Enrolment.state, Enrolment.profile)
        .where(Enrolment.account_id == application.account_id, Enrolment.agency == application.agency)
        .order_by(Enrolment.id)
    ).all()


def _made_name(enrolments: Sequence[AnyRow]) -> str:
    return next((row.profile[MADE_NAME] for row in enrolments if row.profile.get(MADE_NAME)), "")
