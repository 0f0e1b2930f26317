"""Activation: the link, and an answer that only the applicant knows where one is asked, open the account (SIN-21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portal import clock
from portal.engine.assurance import assurance_of
from portal.engine.declare import FieldDeclaration
from portal.engine.fields import field_type, same_name
from portal.engine.workflow import Actor
from portal.errors import Invalid
from portal.operations.answers import save_answers
from portal.operations.clashing import is_login_taken
from portal.operations.credentials import keep_password
from portal.operations.login_names import claim_name, is_name_taken
from portal.operations.perform import Payload, perform
from portal.operations.tokens import (
    find_activation,
    take_challenge_try,
    use_activation,
)
from portal.queries.answers import answer_versions, answers_of
from portal.queries.logins import list_password_hashes
from portal.queries.registrations import OwnRegistration, find_registration_of, journey_through

TAKEN = "Nama ini sudah dipakai orang lain. Pilih nama lain."


@dataclass(frozen=True)
class Activation:
    """A link that still works: whose registration it opens, and how many answers are left.

    needs_password: the account has none yet, because an officer registered the person (SIN-20).
    needs_name: the login name that was asked for became somebody else's meanwhile; only here, behind
    the link, is that told (design §4).
    """

    own: OwnRegistration
    tries_left: int
    needs_password: bool = False
    needs_name: bool = False

    @property
    def question(self) -> str:
        """The label of the question whose answer is asked for again; "" when the link alone is enough."""
        asked = self.own.declared.service.field(self.own.rules.challenge)
        return asked.label if asked else ""

    @property
    def name_question(self) -> FieldDeclaration:
        found = self.own.declared.service.field(self.own.rules.login)
        assert found is not None, "asked only where the login name is an answer"
        return found


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
    own = find_registration_of(token.application_id)
    if own is None or not own.opening_action:
        return None
    left = own.rules.activation_tries - token.tries
    if left <= 0:
        return None
    needs_name = is_login_taken(own.application, own.declared, own.answers) and own.rules.login != own.rules.email
    return Activation(own, left, _needs_password(own), needs_name)


def check_new_name(found: Activation, raw: dict[str, str]) -> str:
    """Another login name as it was typed, parsed; raises Invalid when it is none, or taken too."""
    question = found.name_question
    kind = field_type(question.type)
    name = kind.parse(question, raw)
    context = journey_through(found.own.declared.service, found.own.declared.agency).context
    problem = kind.problem(question, name, context) if name else f"Isi {question.label}."
    application = found.own.application
    if problem is None and is_name_taken(application.agency, question, name, application.account_id):
        problem = TAKEN
    if problem:
        raise Invalid({question.key: problem})
    return name


def activate(secret: str, typed: str = "", password_hash: str = "", name: str = "") -> Answered:
    """Take one answer; the right one uses the link up and opens the account.

    password_hash: of the password that was chosen; kept only by an account that has none, so a
    link in strange hands never replaces one. name: another login name, where the first is taken.

    Two at once: the link is used by one conditional UPDATE, the other finds it dead. Raises Conflict
    when a name or mailbox became somebody else's in the same moment: then the link is not used up.
    """
    found = find_open_activation(secret)
    token = find_activation(secret)
    if found is None or token is None:
        return Answered("dead")
    if found.needs_password and not password_hash:
        raise Invalid({"password": "Pilih dulu kata kunci."})
    if found.needs_name and not name:
        raise Invalid({found.name_question.key: TAKEN})
    if found.question:
        if not take_challenge_try(token, found.own.rules.activation_tries):
            return Answered("dead")
        if not _is_right(found.own, typed):
            left = found.own.rules.activation_tries - token.tries
            return Answered("wrong", left) if left > 0 else Answered("dead")
    if not use_activation(token):
        return Answered("dead")
    application = found.own.application
    if found.needs_password and application.account_id is not None:
        keep_password(application.account_id, password_hash, assurance=assurance_of(found.own.rules.proof))
    if found.needs_name:
        _rename(found, name)
    perform(
        application,
        found.own.opening_action,
        Actor("applicant", application.account_id),
        Payload(challenge_passed=True),
    )
    return Answered("done")


def _rename(found: Activation, name: str) -> None:
    """The registration asks for another login name, in its answers too."""
    application, question = found.own.application, found.name_question
    assert application.account_id is not None
    claim_name(application.account_id, application.agency, question, name)
    for step, values in answers_of(application.id).items():
        if question.key in values:
            seen = answer_versions(application.id)[step]
            save_answers(application, found.own.declared, step, values | {question.key: name}, seen=seen)


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
