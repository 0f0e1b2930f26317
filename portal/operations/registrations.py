"""Registrations: begun as a draft with its account, mended, sent once what must be proven is, done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal import clock
from portal.engine.assurance import assurance_of
from portal.engine.declare import Service
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from portal.extensions import db
from portal.models import Account, Application
from portal.operations import counts
from portal.operations.answers import save_answers
from portal.operations.applications import start_application
from portal.operations.clashing import check_mailbox_free, keep_facets, tell_known_owners
from portal.operations.contacts import change_contacts
from portal.operations.credentials import keep_password
from portal.operations.login_names import claim_name, login_digest
from portal.operations.perform import Payload, perform
from portal.operations.submissions import send_application
from portal.operations.tokens import Holder, end_links
from portal.queries.answers import answer_versions
from portal.queries.catalogue import declared_for
from portal.queries.clashes import has_no_mailbox
from portal.queries.facts import RESUME
from portal.queries.registrations import OwnRegistration, RegistrationForm, find_registration, is_shared

__all__ = ["Filled", "ask_new_link", "begin_registration", "login_digest", "mend_registration", "send_registration"]

CONSENT_KEY = "consent_version"  # kept with the review step until the registration is sent


@dataclass(frozen=True)
class Filled:
    """A form without mistakes: answers by step, the hash of the password, the consent that was ticked.

    password_hash: "" when no password was asked for: it is chosen later, or the account has one.
    consent_version: "" while the part of the form with the consent was not reached.
    """

    steps: Mapping[str, Mapping[str, str]]
    password_hash: str
    consent_version: str

    @property
    def values(self) -> dict[str, str]:
        return {key: value for step in self.steps.values() for key, value in step.items()}


def begin_registration(
    form: RegistrationForm,
    filled: Filled,
    *,
    account_id: int | None = None,
    office: str = "",
    actor: Actor | None = None,
) -> Application:
    """A draft and the account that it will open; nothing is sent before what must be proven is.

    account_id: of somebody who is logged in and enrols with one more agency.
    office, actor: of the officer who writes it for the applicant.

    The login name is a claim and reserves nothing: the same number may be claimed by others,
    and neither learns of the other (design §4).
    """
    account = db.session.get(Account, account_id) if account_id is not None else None
    if account is None:
        account = Account(name="", created_at=clock.now())
        db.session.add(account)
        db.session.flush()
    application = start_application(form.agency, form.service, account_id=account.id, office=office, actor=actor)
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
    """Hand a finished draft over: to the officers, or to the link in the mail; what was sent stays as it is.

    Raises Invalid when the mailbox, which is proven, has a living registration at this office.
    """
    own = find_registration(application.code)
    if own is None or not own.can("send"):
        return
    check_mailbox_free(application, own.declared)
    route_application(application, own)
    keep_facets(application, own.declared)
    send_application(
        application,
        Actor("applicant", application.account_id),
        consent_version=own.answers.get(CONSENT_KEY, ""),
        seen=application.version,
    )
    end_links(RESUME, Holder(application_id=application.id))
    tell_known_owners(application, own.declared)


def route_application(application: Application, own: OwnRegistration) -> None:
    """Give the registration to the office that its answer names; its officers alone see it."""
    routing = own.declared.service.routing
    office = own.answers.get(routing, "") if routing else ""
    if not office or office == application.office:
        return
    counts.leave(application)
    application.office = office
    db.session.flush()
    counts.enter(application)


def ask_new_link(own: OwnRegistration) -> None:
    """The applicant asks for another link; the earlier one ends."""
    if not own.link_action:
        raise NotAllowed("Link aktivasi tidak dapat diminta sekarang.")
    perform(
        own.application,
        own.link_action,
        Actor("applicant", own.application.account_id),
        Payload(seen=own.application.version),
    )


def _fill(application: Application, account: Account, service: Service, filled: Filled) -> None:
    rules = service.registration
    assert rules is not None
    values = filled.values
    if not is_shared(account.id, application.id):
        _fill_account(application, account, service, filled)
    question = service.field(rules.login) if rules.login else None
    if question is not None and values.get(question.key):
        claim_name(account.id, application.agency, question, values[question.key])
    _save_steps(application, service, filled)


def _fill_account(application: Application, account: Account, service: Service, filled: Filled) -> None:
    """Name, contacts and password of an account that only this registration has."""
    rules = service.registration
    assert rules is not None
    values = filled.values
    account.name = values.get(rules.profile.get("name", service.subject.name), "")[:200]
    if not application.round or account.phone_proven_at is None:
        change_contacts(account, phone=values.get(rules.phone, ""), email=values.get(rules.email, ""))
    else:
        change_contacts(account, email=values.get(rules.email, ""))
    if has_no_mailbox(service, values):
        account.email = None
    if filled.password_hash:
        keep_password(account.id, filled.password_hash, assurance=assurance_of(rules.proof))


def _save_steps(application: Application, service: Service, filled: Filled) -> None:
    declared = declared_for(application)
    versions = answer_versions(application.id)
    steps = dict(filled.steps)
    if filled.consent_version:
        review = next(step.key for step in service.steps if step.kind == "review")
        steps[review] = {CONSENT_KEY: filled.consent_version}
    for key, values in steps.items():
        save_answers(application, declared, key, values, seen=versions.get(key, 0))


def _check_fixed(own: OwnRegistration, filled: Filled) -> None:
    changed = [key for key in own.rules.fixed_on_retry if filled.values.get(key) != own.answers.get(key)]
    if changed:
        raise Invalid(dict.fromkeys(changed, "Tidak dapat diubah saat daftar ulang."))
