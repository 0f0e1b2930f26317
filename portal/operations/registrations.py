"""Registrations: begun as a draft with its account, mended, sent once the phone is proven, done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import update

from portal import clock
from portal.engine.declare import FieldDeclaration, Service
from portal.engine.messages import first_name
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from portal.extensions import db
from portal.models import Account, Application, LoginName
from portal.operations.answers import save_answers
from portal.operations.applications import start_application
from portal.operations.contacts import change_contacts
from portal.operations.credentials import keep_password
from portal.operations.outbox import post_message
from portal.operations.perform import Payload, perform
from portal.operations.submissions import send_application
from portal.queries.answers import answer_versions
from portal.queries.catalogue import declared_for
from portal.queries.logins import find_proven_account
from portal.queries.registrations import OwnRegistration, RegistrationForm, find_registration

CONSENT_KEY = "consent_version"  # kept with the review step until the registration is sent


@dataclass(frozen=True)
class Filled:
    """A form without mistakes: answers by step, the hash of the password, the consent that was ticked.

    password_hash: "" when the applicant chooses the password later, at activation (SIN-20).
    """

    steps: Mapping[str, Mapping[str, str]]
    password_hash: str
    consent_version: str

    @property
    def values(self) -> dict[str, str]:
        return {key: value for step in self.steps.values() for key, value in step.items()}


def begin_registration(
    form: RegistrationForm, filled: Filled, *, office: str = "", actor: Actor | None = None
) -> Application:
    """A draft and the account that it will open; nothing is sent before the phone is proven.

    office, actor: of the officer who writes it for the applicant.

    The login name is a claim and reserves nothing: the same number may be claimed by others,
    and neither learns of the other (design §4).
    """
    account = Account(name="", created_at=clock.now())
    db.session.add(account)
    db.session.flush()
    application = start_application(form.agency, form.service, account_id=account.id, office=office, actor=actor)
    db.session.add(LoginName(account_id=account.id, agency=form.agency.code, kind=form.login_field.type, digest=""))
    db.session.flush()
    _fill(application, account, form.service, filled)
    return application


def mend_registration(own: OwnRegistration, filled: Filled) -> Application:
    """Take over a corrected form, of a draft or of a refused registration (SIN-43).

    Raises Conflict in any other state, and Invalid when an answer changed that is fixed.
    """
    application = own.application
    if application.round > 0:
        _check_fixed(own, filled)
    if own.can("resubmit"):
        perform(
            application,
            "resubmit",
            Actor("applicant", application.account_id),
            Payload(seen=application.version),
        )
    if declared_for(application).workflow.states[application.state].edit != "all":
        raise Conflict("Pendaftaran ini sudah dikirim. Lihat dulu statusnya.")
    account = db.session.get(Account, application.account_id)
    assert account is not None
    _fill(application, account, own.declared.service, filled)
    return application


def send_registration(application: Application) -> None:
    """Hand a draft whose phone is proven to the officers; a registration that was sent stays as it is."""
    own = find_registration(application.code)
    if own is None or not own.can("send"):
        return
    send_application(
        application,
        Actor("applicant", application.account_id),
        consent_version=own.answers.get(CONSENT_KEY, ""),
        seen=application.version,
    )
    _tell_the_known_owner(own)


def ask_new_link(own: OwnRegistration) -> None:
    """The applicant asks for another activation link; the earlier one ends."""
    if not own.can("ask_link"):
        raise NotAllowed("Link aktivasi tidak dapat diminta sekarang.")
    perform(
        own.application,
        "ask_link",
        Actor("applicant", own.application.account_id),
        Payload(seen=own.application.version),
    )


def login_digest(question: FieldDeclaration, value: str) -> str:
    """The keyed hash under which a login name is stored."""
    return str(current_app.extensions["vault"].digest(question.type, value))


def _fill(application: Application, account: Account, service: Service, filled: Filled) -> None:
    rules = service.registration
    assert rules is not None
    values = filled.values
    account.name = values.get(rules.profile.get("name", service.subject.name), "")[:200]
    if not application.round or account.phone_proven_at is None:
        change_contacts(account, phone=values.get(rules.phone, ""), email=values.get(rules.email, ""))
    else:
        change_contacts(account, email=values.get(rules.email, ""))
    if filled.password_hash:
        keep_password(account.id, filled.password_hash)
    question = service.field(rules.login)
    assert question is not None
    db.session.execute(
        update(LoginName)
        .where(
            LoginName.account_id == account.id,
            LoginName.agency == application.agency,
            LoginName.proven_at.is_(None),
        )
        .values(digest=login_digest(question, values[rules.login]))
    )
    _save_steps(application, service, filled)


def _save_steps(application: Application, service: Service, filled: Filled) -> None:
    declared = declared_for(application)
    versions = answer_versions(application.id)
    review = next(step.key for step in service.steps if step.kind == "review")
    steps = {**filled.steps, review: {CONSENT_KEY: filled.consent_version}}
    for key, values in steps.items():
        save_answers(application, declared, key, values, seen=versions.get(key, 0))


def _check_fixed(own: OwnRegistration, filled: Filled) -> None:
    changed = [key for key in own.rules.fixed_on_retry if filled.values.get(key) != own.answers.get(key)]
    if changed:
        raise Invalid(dict.fromkeys(changed, "Tidak dapat diubah saat daftar ulang."))


def _tell_the_known_owner(own: OwnRegistration) -> None:
    """A number that is already enrolled: its owner hears of it, the screen says nothing."""
    question = own.declared.service.field(own.rules.login)
    if question is None:
        return
    agency = own.application.agency
    digest = login_digest(question, own.answers.get(own.rules.login, ""))
    owner = find_proven_account(agency, question.type, digest)
    if owner is None or owner.id == own.application.account_id:
        return
    today = clock.today(own.declared.agency.zone)
    post_message(
        "sudah-terdaftar",
        agency=agency,
        account_id=owner.id,
        to_phone=owner.phone,
        to_email=owner.email,
        values={"first_name": first_name(owner.name), "link": f"/masuk/{agency}"},
        dedupe=f"claimed:{owner.id}:{today}",
    )
