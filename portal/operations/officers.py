"""Officers: accounts with a user name, their own numbers, and the link by which a new one sets the password."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.engine.fields.contact import EMAIL
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from portal.extensions import db
from portal.models import Account, LoginName, Officer, Token
from portal.models.officers import new_code
from portal.operations.credentials import keep_password, set_password
from portal.operations.duties import Wish, begin_duty, check_wish, end_desk_visits
from portal.operations.events import record_event
from portal.operations.once import insert_once
from portal.operations.outbox import due_words, post_message
from portal.queries.catalogue import get_agency
from portal.queries.officers import DESK, KIND
from portal.transaction import change

__all__ = ["DESK", "KIND"]

SUBJECT = "officer"
INVITATION = "officer-password"
INVITATION_LIVES = timedelta(hours=72)
USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{2,39}$")
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Newcomer:
    """Somebody who is to be an officer."""

    name: str
    username: str
    email: str


def create_officer(
    name: str,
    username: str,
    password: str,
    duties: Sequence[tuple[str, str, str]],
    *,
    until: date | None = None,
) -> int:
    """An officer's account with a password, as the operator or the demo makes it; returns its id.

    duties: (agency, office, role); office "" for the whole agency. until: their last day, a year from now
    when not given. Raises Invalid for a role or office that the agency does not declare, Conflict for a user
    name that is taken.
    """
    wishes = []
    for agency, office, role in duties:
        today = clock.today(get_agency(agency).zone)
        wishes.append(Wish(agency, office, role, today, until or today + YEAR))
    for wish in wishes:
        check_wish(wish)
    account_id = _open_account(Newcomer(name, username, ""))
    for wish in wishes:
        begin_duty(account_id, wish, Actor("system"))
    set_password(account_id, password)
    return account_id


def invite_officer(newcomer: Newcomer, agency: str, *, by: int) -> int:
    """An account without a password, and the link that sets one, sent to the work e-mail; returns its id.

    The duty is given apart, so that an admin duty waits for its second admin. Raises Invalid and Conflict.
    """
    errors = check_newcomer(newcomer)
    if errors:
        raise Invalid(errors)
    account_id = _open_account(newcomer)
    record_event(account_id, "invite", Actor("officer", by), subject_type=SUBJECT)
    send_password_link(account_id, agency, by=by)
    return account_id


def check_newcomer(newcomer: Newcomer) -> dict[str, str]:
    """Field -> sentence for what cannot be taken."""
    errors = {}
    if not newcomer.name or len(newcomer.name) > 200:
        errors["name"] = "Isi nama lengkap petugas."
    if not USERNAME.fullmatch(newcomer.username):
        errors["username"] = "3 sampai 40 huruf kecil, angka, titik atau garis, misalnya vera.handayani."
    if not EMAIL.fullmatch(newcomer.email) or len(newcomer.email) > 254:
        errors["email"] = "Email dinas belum benar. Tulis lengkap, misalnya nama@contoh.go.id."
    return errors


def send_password_link(account_id: int, agency: str, *, by: int) -> None:
    """Send the link that sets a password; links that were sent before end here."""
    account = db.session.get(Account, account_id)
    assert account is not None
    if not account.email:
        raise Invalid({"": "Email dinas petugas ini tidak tercatat."})
    _end_links(account_id)
    secret, now = secrets.token_hex(16), clock.now()
    token = Token(
        kind=INVITATION,
        digest=_digest(secret),
        account_id=account_id,
        created_at=now,
        expires_at=now + INVITATION_LIVES,
    )
    db.session.add(token)
    db.session.flush()
    post_message(
        "petugas-kata-sandi",
        agency=agency,
        values={
            "first_name": account.name.split(" ")[0],
            "link": f"/petugas/kata-sandi/{secret}",
            "due": due_words(token.expires_at, get_agency(agency).zone),
        },
        dedupe=f"officer-password:{token.id}",
        to_email=account.email,
    )
    record_event(account_id, "send_link", Actor("officer", by), subject_type=SUBJECT)


def find_link(secret: str) -> Token | None:
    """The token behind a link that may still be used; a read, for previews burn nothing."""
    if len(secret) != 32 or not secret.isascii():
        return None
    return db.session.scalar(
        select(Token).where(
            Token.digest == _digest(secret),
            Token.kind == INVITATION,
            Token.used_at.is_(None),
            Token.expires_at > clock.now(),
        )
    )


def use_link(secret: str, password_hash: str) -> bool:
    """Set the password and use the link up; False when it was used or has ended. All sessions end."""
    token = find_link(secret)
    if token is None or token.account_id is None:
        return False
    used = change(
        update(Token)
        .where(Token.id == token.id, Token.used_at.is_(None), Token.expires_at > clock.now())
        .values(used_at=clock.now())
    )
    if used != 1:
        return False
    keep_password(token.account_id, password_hash)
    end_desk_visits(token.account_id)
    record_event(token.account_id, "set_password", Actor("officer", token.account_id), subject_type=SUBJECT)
    return True


def keep_numbers(account_id: int, nik: str, kk: str) -> None:
    """Keep keyed hashes of the officer's own NIK and No. KK, typed once; Conflict when they are known already."""
    ensure_officer(account_id)
    if not _set_numbers(account_id, nik, kk, only_first=True):
        raise Conflict("NIK dan Nomor KK sudah tercatat. Bila keliru, mintalah admin membetulkannya.")
    record_event(account_id, "keep_numbers", Actor("officer", account_id), subject_type=SUBJECT)


def correct_numbers(account_id: int, nik: str, kk: str, *, by: int) -> None:
    """An admin types the numbers of another officer, also over wrong ones."""
    if account_id == by:
        raise NotAllowed("Nomor Anda sendiri dibetulkan oleh admin lain.")
    ensure_officer(account_id)
    _set_numbers(account_id, nik, kk, only_first=False)
    record_event(account_id, "correct_numbers", Actor("officer", by), subject_type=SUBJECT)


def _set_numbers(account_id: int, nik: str, kk: str, *, only_first: bool) -> bool:
    vault = current_app.extensions["vault"]
    statement = update(Officer).where(Officer.id == account_id)
    if only_first:
        statement = statement.where(Officer.nik_digest.is_(None))
    return change(statement.values(nik_digest=vault.digest("nik", nik), kk_digest=vault.digest("kk", kk))) == 1


def ensure_officer(account_id: int, username: str = "") -> None:
    """Let an account have its row at the desk."""
    insert_once(Officer, id=account_id, code=new_code(), username=username, seq=0, head="")


def _open_account(newcomer: Newcomer) -> int:
    now = clock.now()
    account = Account(name=newcomer.name, email=newcomer.email or None, created_at=now)
    db.session.add(account)
    db.session.flush()
    digest = current_app.extensions["vault"].digest(KIND, newcomer.username)
    db.session.add(LoginName(account_id=account.id, agency=DESK, kind=KIND, digest=digest, proven_at=now))
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(f"Nama pengguna {newcomer.username} sudah dipakai.") from error
    ensure_officer(account.id, newcomer.username.casefold()[:80])
    return account.id


def _end_links(account_id: int) -> None:
    change(
        update(Token)
        .where(Token.account_id == account_id, Token.kind == INVITATION, Token.used_at.is_(None))
        .values(expires_at=clock.now())
    )


def _digest(secret: str) -> str:
    return str(current_app.extensions["vault"].digest(INVITATION, secret))
