"""Another phone or e-mail for an account: the phone by a code, the e-mail confirmed in both mailboxes (SIN-34, SIN-35)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from portal import clock
from portal.engine.messages import first_name
from portal.errors import Conflict, NotFound
from portal.extensions import db
from portal.models import Account, Application, EmailChange, Token
from portal.operations.account_changes import note_change
from portal.operations.answers import save_answers
from portal.operations.outbox import due_words, post_message
from portal.operations.stopped_numbers import lift_stop
from portal.operations.throttle import Wait, take
from portal.operations.tokens import (
    CODE_LIFE,
    CODE_TRIES,
    NEW_EMAIL,
    OLD_EMAIL,
    PHONE,
    Holder,
    end_links,
    find_live,
    find_open_link,
    issue_code,
    issue_link,
    take_code_try,
    use_up,
)
from portal.queries.account_registrations import list_enrolments, list_registration_ids
from portal.queries.answers import answer_versions, answers_of
from portal.queries.catalogue import catalogue, declared_for, get_agency
from portal.queries.email_names import email_digest, is_email_taken, list_email_names

CODE_PAUSE = timedelta(seconds=60)
CODES_PER_NUMBER = 5  # an hour: nobody's telephone is flooded from here
CODES_PER_ACCOUNT = 8  # a day
EMAIL_LIFE = timedelta(hours=24)
EMAILS_PER_ACCOUNT = 5  # a day
PATH = "/email-baru/"


@dataclass(frozen=True)
class CodeTry:
    """How typing a code ended. outcome: right, wrong or dead. left: tries that remain with this code."""

    outcome: str
    left: int = 0


@dataclass(frozen=True)
class OpenEmailChange:
    """What lies behind a link to one of two mailboxes: side is `old` or `new`."""

    change: EmailChange
    account: Account
    side: str


def wait_for_code(account_id: int, number: str) -> Wait | None:
    """Take one turn of sending a code; a Wait when it would be too many. Outside the transaction."""
    digest = current_app.extensions["vault"].digest("phone", number)
    return (
        take(f"account-code:{account_id}", 1, CODE_PAUSE)
        or take(f"account-codes:{account_id}", CODES_PER_ACCOUNT, timedelta(days=1))
        or take(f"number:{digest}", CODES_PER_NUMBER, timedelta(hours=1))
    )


def send_code(account_id: int, number: str, *, agency: str) -> None:
    """Send a code to the new number; the old one stays until the code came back."""
    account = _account(account_id)
    issued = issue_code(PHONE, Holder(account_id), value=number)
    post_message(
        "kode-ganti-hp",
        agency=agency,
        account_id=account.id,
        to_phone=number,
        values={
            "first_name": first_name(account.name),
            "otp": issued.secret,
            "minutes": str(int(CODE_LIFE.total_seconds()) // 60),
        },
        dedupe=f"code:{issued.id}",
    )


def find_pending_phone(account_id: int) -> str:
    """The number to which a code went that still works; "" when none did."""
    token = find_live(PHONE, Holder(account_id))
    return token.value or "" if token and token.tries < CODE_TRIES else ""


def save_phone(account_id: int, typed: str, *, agency: str) -> CodeTry:
    """Count and compare one try; a right code makes its number the account's, and the old one is told."""
    token, is_right = take_code_try(PHONE, Holder(account_id), typed)
    if token is None:
        return CodeTry("dead")
    if not is_right:
        left = CODE_TRIES - token.tries
        return CodeTry("wrong", left) if left > 0 else CodeTry("dead")
    assert token.value
    _take_phone(_account(account_id), token, agency)
    return CodeTry("right")


def wait_for_email(account_id: int) -> Wait | None:
    """Take one turn of asking for another e-mail; outside the transaction."""
    return take(f"account-emails:{account_id}", EMAILS_PER_ACCOUNT, timedelta(days=1))


def ask_email(account_id: int, email: str, *, agency: str) -> EmailChange:
    """Ask the new mailbox, and the old one where there is one; nothing changes before both said yes."""
    account = _account(account_id)
    wish = EmailChange(
        account_id=account.id,
        agency=agency,
        new_email=email,
        asked_at=clock.now(),
        old_said_at=None if account.email else clock.now(),
    )
    db.session.add(wish)
    db.session.flush()
    _ask_mailbox(account, wish, NEW_EMAIL, "email-baru", email)
    if account.email:
        _ask_mailbox(account, wish, OLD_EMAIL, "email-lama", account.email)
    return wish


def find_pending_email(account_id: int) -> EmailChange | None:
    """The newest change of e-mail that still waits for a mailbox."""
    found = db.session.scalar(
        select(EmailChange).where(EmailChange.account_id == account_id).order_by(EmailChange.id.desc()).limit(1)
    )
    if found is None or found.done_at or found.asked_at + EMAIL_LIFE <= clock.now():
        return None
    waits = find_live(NEW_EMAIL, Holder(account_id)) or find_live(OLD_EMAIL, Holder(account_id))
    return found if waits else None


def find_open_email_change(secret: str) -> OpenEmailChange | None:
    """What lies behind a link to a mailbox; a read, for previews burn nothing."""
    for kind, side in ((NEW_EMAIL, "new"), (OLD_EMAIL, "old")):
        if (token := find_open_link(kind, secret)) and token.value and token.account_id:
            wish = db.session.get(EmailChange, int(token.value))
            account = db.session.get(Account, token.account_id)
            if wish and account and not wish.done_at and not account.blocked_at:
                return OpenEmailChange(wish, account, side)
    return None


def say_yes_to_email(secret: str) -> str:
    """One mailbox agrees: `waits` for the other, `done`, or `dead`."""
    found, token = find_open_email_change(secret), _email_token(secret)
    if found is None or token is None or not use_up(token):
        return "dead"
    if found.side == "new":
        found.change.new_said_at = clock.now()
    else:
        found.change.old_said_at = clock.now()
    db.session.flush()
    db.session.refresh(found.change, with_for_update=True)
    if not (found.change.new_said_at and found.change.old_said_at):
        return "waits"
    _take_email(found.account, found.change)
    return "done"


def say_no_to_email(secret: str) -> bool:
    """A mailbox refuses: both links end and nothing changes."""
    found, token = find_open_email_change(secret), _email_token(secret)
    if found is None or token is None or not use_up(token):
        return False
    _end_email_links(found.account.id)
    return True


def put_phone(account: Account, number: str, *, proven: bool) -> None:
    """Make a number the account's, in what agencies keep of it too."""
    old = account.phone
    vault = current_app.extensions["vault"]
    account.phone, account.phone_digest = number, vault.digest("phone", number)
    account.phone_proven_at = clock.now() if proven else None
    if proven:
        lift_stop(account.id, number)
    _replace_everywhere(account.id, "phone", old, number)


def put_email(account: Account, email: str, *, anyway: bool = False) -> None:
    """Make an e-mail the account's; where it is a login name, the name changes with it.

    Raises Conflict when another account is proven to log in with it; `anyway` leaves the login name then.
    """
    old = account.email
    names = list_email_names(account.id, old) if old and old != email else []
    if names and is_email_taken(names, email):
        if not anyway:
            raise Conflict("Email ini tidak dapat dipakai untuk akun Anda. Pilih email lain.")
        names = []
    for name in names:
        name.digest = email_digest(email)
    account.email = email
    db.session.flush()
    _replace_everywhere(account.id, "email", old, email)


def _take_phone(account: Account, token: Token, agency: str) -> None:
    old = account.phone
    assert token.value
    put_phone(account, token.value, proven=True)
    if old != token.value:
        note_change(account, "phone", agency=agency, old=old, new=token.value, to_phone=old, to_email=account.email)


def _take_email(account: Account, wish: EmailChange) -> None:
    old = account.email
    wish.done_at = clock.now()
    put_email(account, wish.new_email)
    if old != wish.new_email:
        note_change(
            account,
            "email",
            agency=wish.agency,
            old=old,
            new=wish.new_email,
            to_phone=account.phone if account.phone_proven_at else None,
            to_email=old,
        )


def _ask_mailbox(account: Account, wish: EmailChange, kind: str, key: str, email: str) -> None:
    issued = issue_link(kind, Holder(account.id), lives=EMAIL_LIFE, value=str(wish.id))
    post_message(
        key,
        agency=wish.agency,
        account_id=account.id,
        to_email=email,
        values={
            "first_name": first_name(account.name),
            "link": f"{PATH}{issued.secret}",
            "due": due_words(issued.expires_at, get_agency(wish.agency).zone),
        },
        dedupe=f"email:{issued.id}",
    )


def _email_token(secret: str) -> Token | None:
    return find_open_link(NEW_EMAIL, secret) or find_open_link(OLD_EMAIL, secret)


def _end_email_links(account_id: int) -> None:
    for kind in (NEW_EMAIL, OLD_EMAIL):
        end_links(kind, Holder(account_id))


def _replace_everywhere(account_id: int, way: str, old: str | None, new: str) -> None:
    """Enrolments and registrations that named the old contact name the new one: forms and news follow them."""
    for enrolment in list_enrolments(account_id):
        service = catalogue().registration(enrolment.agency)
        rules = service.registration if service else None
        names = {name for name, key in rules.profile.items() if key == getattr(rules, way)} if rules else set()
        changed = {name: new for name in names if enrolment.profile.get(name) == old}
        if changed:
            enrolment.profile = enrolment.profile | changed
    for application_id in list_registration_ids(account_id):
        _replace_answer(db.session.get_one(Application, application_id), way, old, new)
    db.session.flush()


def _replace_answer(application: Application, way: str, old: str | None, new: str) -> None:
    declared = declared_for(application)
    key = getattr(declared.service.registration, way, "")
    for step, values in answers_of(application.id).items():
        if key and old and values.get(key) == old:
            seen = answer_versions(application.id)[step]
            save_answers(application, declared, step, values | {key: new}, seen=seen)


def _account(account_id: int) -> Account:
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account
