"""Passwords that are changed by who knows the old one, and set anew by who forgot it (SIN-36 to SIN-40)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from portal import clock
from portal.engine.assurance import OUTSIDE, assurance_of
from portal.engine.messages import first_name
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Account, AccountChange, ResetWish
from portal.operations.account_changes import note_change
from portal.operations.credentials import keep_password
from portal.operations.outbox import due_words, post_message
from portal.operations.tokens import (
    CONTACT_KINDS,
    RESET,
    Holder,
    count_try,
    end_all_links,
    find_open_link,
    give_try_back,
    issue_link,
    use_up,
)
from portal.operations.visits import end_visits_of
from portal.queries.account_registrations import find_enrolment
from portal.queries.registrations import RegistrationForm, get_registration_form
from portal.queries.resets import knows, list_fitting_accounts
from portal.queue import JobName, enqueue_after_commit

RESET_LIFE = timedelta(hours=1)
RESET_TRIES = 5
PATH = "/kata-kunci/"


@dataclass(frozen=True)
class OpenReset:
    """A link behind which a password may be set: whose, by the rule of which agency, how many answers are left."""

    form: RegistrationForm
    account: Account
    tries_left: int


@dataclass(frozen=True)
class Answered:
    """How the answers behind a link were taken; left: tries that remain."""

    outcome: Literal["right", "wrong", "dead"]
    left: int = 0


def wish_reset(agency: str, typed: Mapping[str, str]) -> None:
    """Keep what somebody typed who forgot the password; whether it fits is looked up later, unseen."""
    wish = ResetWish(agency=agency, typed=dict(typed), wished_at=clock.now())
    db.session.add(wish)
    db.session.flush()
    enqueue_after_commit(JobName.SEND_RESET, wish.id)


def send_resets(wish_id: int) -> int:
    """Send a link to each account that a wish fits, and forget the wish; returns how many links were sent."""
    wish = db.session.get(ResetWish, wish_id)
    if wish is None:
        return 0
    form = get_registration_form(wish.agency)
    sent = sum(send_reset_link(form, account) for account in list_fitting_accounts(form, wish.typed))
    db.session.delete(wish)
    db.session.flush()
    return sent


def send_reset_link(form: RegistrationForm, account: Account) -> bool:
    """Send one link where the agency's rule sends it; False when the account has no such address."""
    rule = form.rules.reset
    by_whatsapp = rule is not None and rule.by == "whatsapp"
    phone = account.phone if by_whatsapp and account.phone_proven_at else None
    email = account.email if not by_whatsapp else None
    if not phone and not email:
        return False
    post_reset_link(form, account, "reset-kata-kunci", lives=RESET_LIFE, to_phone=phone, to_email=email)
    return True


def post_reset_link(
    form: RegistrationForm,
    account: Account,
    key: str,
    *,
    lives: timedelta,
    to_phone: str | None,
    to_email: str | None,
) -> None:
    """A fresh link behind which this account's password is set; earlier ones end."""
    issued = issue_link(RESET, Holder(account.id), lives=lives, value=form.agency.code)
    post_message(
        key,
        agency=form.agency.code,
        account_id=account.id,
        to_phone=to_phone,
        to_email=to_email,
        values={
            "first_name": first_name(account.name),
            "link": f"{PATH}{issued.secret}",
            "due": due_words(issued.expires_at, form.agency.zone),
        },
        dedupe=f"reset:{issued.id}",
    )


def find_open_reset(secret: str) -> OpenReset | None:
    """What lies behind a link while it may be used; a read, for previews burn nothing."""
    token = find_open_link(RESET, secret)
    account = db.session.get(Account, token.account_id) if token and token.account_id else None
    if token is None or account is None or account.blocked_at or not token.value:
        return None
    try:
        form = get_registration_form(token.value)
    except NotFound:
        return None
    left = RESET_TRIES - token.tries
    return OpenReset(form, account, left) if left > 0 else None


def answer_reset(secret: str, typed: Mapping[str, str]) -> Answered:
    """Count and compare the answers behind a link; what is right costs no try (SIN-40)."""
    found = find_open_reset(secret)
    token = find_open_link(RESET, secret)
    if found is None or token is None or not count_try(token, RESET_TRIES):
        return Answered("dead")
    if _is_right(found, typed):
        give_try_back(token)
        return Answered("right", found.tries_left)
    left = RESET_TRIES - token.tries
    return Answered("wrong", left) if left > 0 else Answered("dead")


def reset_password(secret: str, typed: Mapping[str, str], password_hash: str) -> bool:
    """Use a link up and keep the new password; every session ends, and the contacts are told.

    Two at once: the link is used by one conditional UPDATE, the other finds it dead (False).
    """
    found = find_open_reset(secret)
    token = find_open_link(RESET, secret)
    if found is None or token is None or not _is_right(found, typed) or not use_up(token):
        return False
    account = found.account
    _replace(account, password_hash, agency=found.form.agency.code, assurance=_assurance(found))
    return True


def change_password(account_id: int, password_hash: str, *, agency: str) -> None:
    """Keep a new password of somebody who typed the old one; it is worth what the old one was (SIN-36)."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    _replace(account, password_hash, agency=agency, assurance=None)


def _replace(account: Account, password_hash: str, *, agency: str, assurance: int | None) -> AccountChange:
    keep_password(account.id, password_hash, assurance=assurance)
    end_visits_of(account.id)
    # A thief who is thrown out by this keeps no link by which a contact still changes.
    end_all_links(account.id, (RESET, *CONTACT_KINDS))
    return note_change(account, "password", agency=agency, to_phone=account.phone, to_email=account.email)


def _is_right(found: OpenReset, typed: Mapping[str, str]) -> bool:
    rule = found.form.rules.reset
    return knows(found.form, found.account, rule.then if rule else (), typed)


def _assurance(found: OpenReset) -> int:
    """What the agency has proven of this person so far; a claim is worth no more than an address."""
    enrolment = find_enrolment(found.account.id, found.form.agency.code)
    is_proven = enrolment is not None and enrolment.state == "active"
    return assurance_of(found.form.rules.proof) if is_proven else OUTSIDE


def list_lost_wishes() -> list[int]:
    """Wishes whose job got lost on its way."""
    lost = clock.now() - timedelta(minutes=2)
    return list(
        db.session.scalars(select(ResetWish.id).where(ResetWish.wished_at < lost).order_by(ResetWish.id).limit(100))
    )
