"""Reads behind a forgotten password: whom the typed answers fit, by the rule of one agency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import current_app
from sqlalchemy import exists, select

from portal.engine.declare import FieldDeclaration, Reset
from portal.engine.fields import field_type, same_name
from portal.extensions import db
from portal.models import Account, Application, Enrolment, LoginName
from portal.queries.account_registrations import find_enrolment
from portal.queries.registrations import RegistrationForm, find_latest_registration

MOST = 10  # accounts that one address may serve: a family's


def reset_rule(form: RegistrationForm) -> Reset | None:
    """How an agency lets a new password be set, or None where only its officers help."""
    return form.rules.reset


def reset_questions(form: RegistrationForm, *, then: bool = False) -> list[FieldDeclaration]:
    """The questions that the rule asks first, or behind the link."""
    rule = form.rules.reset
    keys = (rule.then if then else rule.asks) if rule else ()
    return [question for key in keys if (question := form.service.field(key)) is not None]


def list_fitting_accounts(form: RegistrationForm, typed: Mapping[str, str]) -> list[Account]:
    """Accounts that the answers fit: every one of them, or any one where the rule says so.

    typed: parsed answers by key. With more than one account each gets a message of its own.
    """
    rule = form.rules.reset
    if rule is None:
        return []
    found: dict[int, Account] = {}
    for question in reset_questions(form):
        for account in _list_holders(form.agency.code, question, typed.get(question.key, "")):
            found.setdefault(account.id, account)
    if rule.any_of:
        return list(found.values())
    return [account for account in found.values() if knows(form, account, rule.asks, typed)]


def knows(form: RegistrationForm, account: Account, keys: Sequence[str], typed: Mapping[str, str]) -> bool:
    """Whether every one of these answers is the account's, names compared as people write them."""
    known = known_answers(form, account)
    return all(_fits(form.service.field(key), known.get(key, ""), typed.get(key, "")) for key in keys)


def known_answers(form: RegistrationForm, account: Account) -> dict[str, str]:
    """What the agency knows of a person, by answer key: sent, proven since, and the contacts of today."""
    own = find_latest_registration(account.id, form.agency.code)
    enrolment = find_enrolment(account.id, form.agency.code)
    known = dict(own.answers) if own else {}
    if enrolment is not None:
        known |= {key: enrolment.profile[n] for n, key in form.rules.profile.items() if n in enrolment.profile}
    known |= {form.rules.phone: account.phone or "", form.rules.email: account.email or ""}
    return {key: value for key, value in known.items() if key}


def _fits(question: FieldDeclaration | None, known: str, typed: str) -> bool:
    if question is None or not known or not typed:
        return False
    if question.type == "name":
        return same_name(typed, known)
    return field_type(question.type).parse(question, {question.key: typed}) == known


def _list_holders(agency: str, question: FieldDeclaration, value: str) -> Sequence[Account]:
    """Accounts of the agency that a login name, e-mail or phone leads to; other answers lead to nobody."""
    if not value:
        return []
    digest = current_app.extensions["vault"].digest(question.type, value.casefold())
    columns = {"email": Account.email_digest, "phone": Account.phone_digest}
    leads = Account.id.in_(
        select(LoginName.account_id).where(
            LoginName.agency == agency, LoginName.kind == question.type, LoginName.digest == digest
        )
    )
    if question.type in columns:
        leads |= columns[question.type] == digest
    registered = exists().where(
        Application.account_id == Account.id,
        Application.agency == agency,
        Application.kind == "registration",
        Application.erased_at.is_(None),
    )
    blocked = exists().where(
        Enrolment.account_id == Account.id, Enrolment.agency == agency, Enrolment.state == "blocked"
    )
    return db.session.scalars(
        select(Account)
        .where(leads, registered, ~blocked, Account.blocked_at.is_(None))
        .order_by(Account.id.desc())
        .limit(MOST)
    ).all()
