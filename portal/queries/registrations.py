"""Reads of registrations: the one at hand of a visitor, all of an account, and what happened to them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import exists, or_, select

from portal.engine.declare import Agency, FieldDeclaration, Registration, Service, State
from portal.engine.fields import field_type
from portal.engine.journey import Journey
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Account, Application, Duty, Enrolment, Event, EventText, Token
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared, catalogue, declared_for, get_agency
from portal.queries.judging import field_context

MADE_NAME = FieldDeclaration(key="login_name", type="username", label="Username")  # where names are made


@dataclass(frozen=True)
class RegistrationForm:
    """What an agency asks of people who register."""

    agency: Agency
    service: Service
    rules: Registration

    @property
    def login_field(self) -> FieldDeclaration:
        """The question whose answer becomes the login name; one of our own where names are made."""
        return self.service.field(self.rules.login) or MADE_NAME

    @property
    def kind_field(self) -> FieldDeclaration | None:
        """The choice between person and company, where the agency registers both."""
        return self.service.field(self.rules.kind) if self.rules.kind else None


@dataclass(frozen=True)
class OwnRegistration:
    """One registration with its declaration and answers, of the person who asks."""

    application: Application
    declared: Declared
    steps: dict[str, dict[str, str]]  # the answers by step

    @cached_property
    def answers(self) -> dict[str, str]:
        """The answers of all steps."""
        return {key: value for step in self.steps.values() for key, value in step.items()}

    @property
    def code(self) -> str:
        return self.application.code

    @property
    def rules(self) -> Registration:
        rules = self.declared.service.registration
        assert rules is not None
        return rules

    @property
    def state(self) -> State:
        return self.declared.workflow.states[self.application.state]

    @property
    def phone(self) -> str:
        return self.answers.get(self.rules.phone, "")

    @property
    def kind(self) -> str:
        """Person, company or what else the agency tells apart; "" where it does not."""
        return self.answers.get(self.rules.kind, "") if self.rules.kind else ""

    def can(self, action: str) -> bool:
        """Whether the applicant may try a declared action now."""
        found = self.declared.workflow.actions.get(action)
        return found is not None and found.by == "applicant" and self.application.state in found.from_

    @property
    def opening_action(self) -> str:
        """The applicant's own act now that opens the account: what the link in a message leads to; "" for none."""
        return self._act_that_causes({"activate", "enrol"})

    @property
    def link_action(self) -> str:
        """The applicant's own act now that sends the link again; "" for none."""
        action = self._act_that_causes({"send_activation", "send_confirmation"})
        return action if action and self.declared.workflow.actions[action].to == self.application.state else ""

    def _act_that_causes(self, wanted: set[str]) -> str:
        for key, action in self.declared.workflow.actions.items():
            if self.can(key) and wanted & {effect.name for effect in action.effects}:
                return key
        return ""

    def masked(self, key: str) -> str:
        """An answer as a glance may see it."""
        question = self.declared.service.field(key)
        value = self.answers.get(key, "")
        return field_type(question.type).display(question, value, masked=True) if question else ""


def get_registration_form(agency_code: str) -> RegistrationForm:
    """The registration of an agency, or NotFound when it declares none."""
    agency = get_agency(agency_code)
    service = catalogue().registration(agency_code)
    if service is None or service.registration is None:
        raise NotFound("registration")
    return RegistrationForm(agency, service, service.registration)


def list_registration_forms() -> list[RegistrationForm]:
    """Every agency that people can register with, by name."""
    codes = [code for code in catalogue().agencies if catalogue().registration(code)]
    return sorted((get_registration_form(code) for code in codes), key=lambda f: f.agency.name)


def journey_through(service: Service, agency: Agency, answers: dict[str, dict[str, str]] | None = None) -> Journey:
    """The journey of somebody whose answers are not stored yet."""
    return Journey(
        service=service,
        answers=answers or {},
        documents=frozenset(),
        context=field_context(agency),
    )


def find_registration(code: str) -> OwnRegistration | None:
    """By its code alone: only for a visit that was given the code when the form was sent."""
    application = db.session.scalar(
        select(Application).where(
            Application.code == code,
            Application.kind == "registration",
            Application.erased_at.is_(None),
        )
    )
    return _own(application) if application else None


def find_registration_of(application_id: int | None) -> OwnRegistration | None:
    """The registration that a link was issued for."""
    application = db.session.get(Application, application_id) if application_id else None
    if application is None or application.kind != "registration" or application.erased_at:
        return None
    return _own(application)


def get_own_registration(code: str, account_id: int | None) -> OwnRegistration:
    """The registration if it is this account's, else NotFound."""
    found = find_registration(code)
    if found is None or account_id is None or found.application.account_id != account_id:
        raise NotFound("registration")
    return found


def find_latest_registration(account_id: int, agency: str) -> OwnRegistration | None:
    """The newest registration of an account with an agency."""
    application = db.session.scalar(
        select(Application)
        .where(
            Application.account_id == account_id,
            Application.agency == agency,
            Application.kind == "registration",
            Application.erased_at.is_(None),
        )
        .order_by(Application.id.desc())
        .limit(1)
    )
    return _own(application) if application else None


def list_own_registrations(account_id: int) -> Sequence[Application]:
    """All registrations of an account, newest first."""
    return db.session.scalars(
        select(Application)
        .where(
            Application.account_id == account_id,
            Application.kind == "registration",
            Application.erased_at.is_(None),
        )
        .order_by(Application.id.desc())
    ).all()


def status_question(form: RegistrationForm) -> FieldDeclaration:
    """What is asked beside the receipt's code: the NIK, else what one logs in by, else the e-mail (SIN-27).

    Only what everybody answers: a company has no NIK.
    """
    keys = (form.service.subject.nik, form.rules.login, form.rules.email)
    asked = (question for key in keys if key and (question := form.service.field(key)))
    found = next((question for question in asked if not question.when), None)
    assert found is not None, "a registration asks for a NIK, a login name or an e-mail"
    return found


def find_by_receipt(agency: str, code: str, question: FieldDeclaration, typed: str) -> OwnRegistration | None:
    """The registration that fits both the code and the answer of its person (SIN-27)."""
    own = find_registration(code)
    if own is None or own.application.agency != agency or own.application.round == 0:
        return None
    return own if typed and secrets.compare_digest(own.answers.get(question.key, "").encode(), typed.encode()) else None


def find_reason(application: Application) -> str:
    """Why a registration is in its present state, as the officer wrote it; "" when nobody had to say."""
    said = db.session.scalar(
        select(EventText.text)
        .join(Event, Event.id == EventText.event_id)
        .where(
            Event.subject_type == "application",
            Event.subject_id == application.id,
            Event.to_state == application.state,
            Event.from_state != Event.to_state,
        )
        .order_by(Event.seq.desc())
        .limit(1)
    )
    return said or ""


def find_pending_number(application_id: int) -> str:
    """The number to which the newest code went, whether it still works or not."""
    number = db.session.scalar(
        select(Token.value)
        .where(Token.application_id == application_id, Token.kind == "phone")
        .order_by(Token.id.desc())
        .limit(1)
    )
    return number or ""


def is_shared(account_id: int, application_id: int) -> bool:
    """Whether an account is more than this registration's: then its name, contacts and password are its own."""
    return bool(
        db.session.scalar(
            select(
                or_(
                    exists().where(Enrolment.account_id == account_id),
                    exists().where(Duty.account_id == account_id),
                    exists().where(
                        Application.account_id == account_id,
                        Application.id != application_id,
                        Application.erased_at.is_(None),
                    ),
                )
            )
        )
    )


def get_account(account_id: int) -> Account:
    """The account of somebody who is logged in."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account


def _own(application: Application) -> OwnRegistration:
    return OwnRegistration(application, declared_for(application), answers_of(application.id))
