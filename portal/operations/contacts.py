"""Contacts of an account: a number counts only once a code that went to it came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flask import current_app

from portal import clock
from portal.engine.fields import field_type
from portal.engine.workflow import Actor
from portal.errors import Invalid
from portal.extensions import db
from portal.models import Account, Application, Token
from portal.operations.account_changes import note_change
from portal.operations.answers import save_answers
from portal.operations.events import record_event
from portal.operations.outbox import post_message
from portal.operations.stopped_numbers import lift_stop
from portal.operations.throttle import Wait, take
from portal.operations.tokens import CODE_LIFE, CODE_TRIES, issue_phone_code, take_phone_try
from portal.queries.answers import answer_versions, answers_of
from portal.queries.catalogue import declared_for
from portal.queries.registrations import OwnRegistration, is_shared, journey_through

CODE_PAUSE = timedelta(seconds=60)  # between two codes of one registration
CODES_PER_NUMBER = 5  # an hour: nobody's telephone is flooded from here
CODES_PER_REGISTRATION = 8  # a day


@dataclass(frozen=True)
class CodeTry:
    """How typing a code ended. left: tries that remain with this code."""

    outcome: Literal["right", "wrong", "dead"]
    left: int = 0


def wait_for_code(application: Application, number: str) -> Wait | None:
    """Take one turn of sending a code; a Wait when it would be too many. Outside the transaction."""
    digest = current_app.extensions["vault"].digest("phone", number)
    return (
        take(f"code:{application.id}", 1, CODE_PAUSE)
        or take(f"codes:{application.id}", CODES_PER_REGISTRATION, timedelta(days=1))
        or take(f"number:{digest}", CODES_PER_NUMBER, timedelta(hours=1))
    )


def send_phone_code(application: Application, number: str) -> None:
    """Send a new code to a number; an earlier code ends. The old number stays until it is right."""
    assert application.account_id is not None
    issued = issue_phone_code(application.id, application.account_id, number)
    post_message(
        "kode-hp",
        agency=application.agency,
        account_id=application.account_id,
        application=application,
        to_phone=number,
        values={"otp": issued.secret, "minutes": str(int(CODE_LIFE.total_seconds()) // 60)},
        dedupe=f"code:{issued.id}",
    )


def check_phone_code(application: Application, typed: str) -> CodeTry:
    """Count and compare one try; a right code makes its number the account's."""
    token, is_right = take_phone_try(application.id, typed)
    if token is None:
        return CodeTry("dead")
    if not is_right:
        left = CODE_TRIES - token.tries
        return CodeTry("wrong", left) if left > 0 else CodeTry("dead")
    _take_over(application, token)
    return CodeTry("right")


def check_number(own: OwnRegistration, raw: dict[str, str]) -> str:
    """A number as it was typed, parsed; raises Invalid when it is none."""
    question = own.declared.service.field(own.rules.phone)
    assert question is not None
    kind = field_type(question.type)
    number = kind.parse(question, raw)
    context = journey_through(own.declared.service, own.declared.agency).context
    problem = kind.problem(question, number, context) if number else f"Isi {question.label}."
    if problem:
        raise Invalid({question.key: problem})
    return number


def change_contacts(account: Account, *, phone: str = "", email: str = "") -> None:
    """Keep what is given; another number is unproven until its code came back."""
    if phone and phone != account.phone:
        account.phone = phone
        account.phone_digest = current_app.extensions["vault"].digest("phone", phone)
        account.phone_proven_at = None
    if email:
        account.email = email
    db.session.flush()


def _take_over(application: Application, token: Token) -> None:
    account = db.session.get(Account, application.account_id)
    assert account is not None
    assert token.value
    _answer_with(application, token.value)
    record_event(application.id, "prove_phone", Actor("applicant", account.id))
    if account.phone and is_shared(account.id, application.id):
        # It is this registration's number. The account's own serves other agencies too, some of which know the
        # person better than this log-in does: it changes on the page for that (design §4).
        return
    old = account.phone if account.phone_proven_at else None
    change_contacts(account, phone=token.value)
    account.phone_proven_at = clock.now()
    lift_stop(account.id, token.value)
    if old and old != token.value:
        note_change(
            account,
            "phone",
            agency=application.agency,
            old=old,
            new=token.value,
            to_phone=old,
            to_email=account.email,
        )


def _answer_with(application: Application, number: str) -> None:
    """The answers name the proven number too: officers read them, and messages go there."""
    declared = declared_for(application)
    rules = declared.service.registration
    assert rules is not None
    for step, values in answers_of(application.id).items():
        if rules.phone in values and values[rules.phone] != number:
            seen = answer_versions(application.id)[step]
            save_answers(application, declared, step, values | {rules.phone: number}, seen=seen)
