"""Activation: the link and an answer that only the applicant knows open the account (SIN-21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portal import clock
from portal.engine.fields import field_type, same_name
from portal.engine.workflow import Actor
from portal.errors import Invalid
from portal.extensions import db
from portal.models import Application
from portal.operations.credentials import keep_password
from portal.operations.perform import Payload, perform
from portal.operations.tokens import (
    find_activation,
    take_challenge_try,
    use_activation,
)
from portal.queries.logins import list_password_hashes
from portal.queries.registrations import OwnRegistration, find_registration


@dataclass(frozen=True)
class Activation:
    """A link that still works: whose registration it opens, and how many answers are left.

    needs_password: the account has none yet, because an officer registered the person (SIN-20).
    """

    own: OwnRegistration
    tries_left: int
    needs_password: bool = False

    @property
    def question(self) -> str:
        """The label of the question whose answer is asked for again."""
        asked = self.own.declared.service.field(self.own.rules.challenge)
        return asked.label if asked else ""


@dataclass(frozen=True)
class Answered:
    """How an answer was taken."""

    outcome: Literal["done", "wrong", "dead"]
    left: int = 0


def find_open_activation(secret: str) -> Activation | None:
    """The activation behind a link, while it may be used; a read, for previews burn nothing."""
    token = find_activation(secret)
    if token is None or token.used_at or token.expires_at <= clock.now():
        return None
    application = db.session.get(Application, token.application_id)
    own = find_registration(application.code) if application else None
    if own is None or not own.can("activate"):
        return None
    left = own.rules.activation_tries - token.tries
    return Activation(own, left, _needs_password(own)) if left > 0 else None


def activate(secret: str, typed: str, password_hash: str = "") -> Answered:
    """Take one answer; the right one uses the link up and opens the account.

    password_hash: of the password that was chosen; kept only by an account that has none, so a
    link in strange hands never replaces one.

    Two at once: the link is used by one conditional UPDATE, the other finds it dead.
    """
    found = find_open_activation(secret)
    token = find_activation(secret)
    if found is None or token is None:
        return Answered("dead")
    if found.needs_password and not password_hash:
        raise Invalid({"password": "Pilih dulu kata kunci."})
    if not take_challenge_try(token, found.own.rules.activation_tries):
        return Answered("dead")
    if not _is_right(found.own, typed):
        left = found.own.rules.activation_tries - token.tries
        return Answered("wrong", left) if left > 0 else Answered("dead")
    if not use_activation(token):
        return Answered("dead")
    application = found.own.application
    if found.needs_password and application.account_id is not None:
        keep_password(application.account_id, password_hash)
    perform(
        application,
        "activate",
        Actor("applicant", application.account_id),
        Payload(challenge_passed=True),
    )
    return Answered("done")


def _needs_password(own: OwnRegistration) -> bool:
    """Only where the agency lets people choose one; an agency may also send them."""
    account_id = own.application.account_id
    is_asked = any(question.type == "password" for question in own.declared.service.fields)
    return is_asked and account_id is not None and not list_password_hashes([account_id])


def _is_right(own: OwnRegistration, typed: str) -> bool:
    """Names are compared as people write them, everything else as its type parses it."""
    question = own.declared.service.field(own.rules.challenge)
    if question is None:
        return False
    expected = own.answers.get(question.key, "")
    if question.type == "name":
        return same_name(typed, expected)
    parsed = field_type(question.type).parse(question, {question.key: typed})
    return bool(expected) and parsed == expected
