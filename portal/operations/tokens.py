"""Secrets that were sent to somebody: codes and links, kept only as keyed hashes, single use, for a while."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, select, update

from portal import clock
from portal.extensions import db
from portal.models import Token
from portal.transaction import change

# Kinds of tokens: a code is typed by hand, a link is opened.
PHONE = "phone"  # a code to a number; the kind that the guard phone_proven looks for
ACTIVATION = "activation"  # a link that opens an approved account
RESET = "reset"  # a link behind which a new password is set
NEW_EMAIL = "email-new"  # a link to the mailbox that is to be used from now on
OLD_EMAIL = "email-old"  # a link to the mailbox that was used until now
NOT_ME = "not-me"  # a link that undoes a change somebody else made
NOT_MINE = "not-mine"  # a link that stops messages to a number that changed hands
STOP_RECOVERY = "stop-recovery"  # a link that stops a recovery at the counter
CONTACT_KINDS = (PHONE, NEW_EMAIL, OLD_EMAIL)  # a contact that is being changed
CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
LINK_LENGTH = 32  # hexadecimal signs, 128 bits


@dataclass(frozen=True)
class Issued:
    """A secret that was just made; `secret` goes into one message and is nowhere else."""

    id: int
    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class Holder:
    """Whose secret it is: a registration's, or an account's when no registration is meant."""

    account_id: int | None = None
    application_id: int | None = None

    def owns(self) -> ColumnElement[bool]:
        """The tokens of this holder, for a WHERE."""
        if self.application_id is not None:
            return Token.application_id == self.application_id
        return (Token.account_id == self.account_id) & Token.application_id.is_(None)

    def mark(self) -> str:
        return str(self.application_id) if self.application_id is not None else f"account:{self.account_id}"


def issue_link(
    kind: str, holder: Holder, *, lives: timedelta, value: str | None = None, ends_earlier: bool = True
) -> Issued:
    """A link's random part of 128 bits; links of the kind that the holder got before end here.

    value: what the link is about, sealed. ends_earlier: off where each link is about something else.
    """
    if ends_earlier:
        end_links(kind, holder)
    secret = secrets.token_hex(LINK_LENGTH // 2)
    return _issue(kind, _link_digest(kind, secret), secret, holder, lives, value, clock.now())


def issue_code(kind: str, holder: Holder, *, value: str) -> Issued:
    """Six digits that prove one address (`value`); codes that were sent before end here."""
    end_links(kind, holder)
    secret = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    at = clock.now()
    return _issue(kind, _code_digest(kind, holder, at, secret), secret, holder, CODE_LIFE, value, at)


def take_code_try(kind: str, holder: Holder, typed: str) -> tuple[Token | None, bool]:
    """Count one try of the live code: (its token or None when none lives, whether it was right).

    The try is counted before it is compared, so that many at once are not one. A right code is
    used up, which proves its address.
    """
    token = find_live(kind, holder)
    if token is None or not count_try(token, CODE_TRIES):
        return None, False
    expected = _code_digest(kind, holder, token.created_at, typed.strip().replace(" ", ""))
    if not secrets.compare_digest(expected, token.digest):
        return token, False
    return token, use_up(token)


def find_live(kind: str, holder: Holder) -> Token | None:
    """The holder's newest token of a kind that may still be used, tries aside."""
    return db.session.scalar(
        select(Token)
        .where(holder.owns(), Token.kind == kind, Token.used_at.is_(None), Token.expires_at > clock.now())
        .order_by(Token.id.desc())
        .limit(1)
    )


def find_link(kind: str, secret: str) -> Token | None:
    """The token behind a link's random part, used and ended ones too."""
    if len(secret) != LINK_LENGTH or not secret.isascii():
        return None
    return db.session.scalar(select(Token).where(Token.digest == _link_digest(kind, secret), Token.kind == kind))


def find_open_link(kind: str, secret: str) -> Token | None:
    """The token behind a link that may still be used."""
    token = find_link(kind, secret)
    return token if token and token.used_at is None and token.expires_at > clock.now() else None


def count_try(token: Token, most: int) -> bool:
    """Count one try behind a token; False when none of `most` is left."""
    counted = change(
        update(Token)
        .where(Token.id == token.id, Token.used_at.is_(None), Token.tries < most)
        .values(tries=Token.tries + 1)
    )
    db.session.refresh(token)
    return counted == 1


def give_try_back(token: Token) -> None:
    """The try was right, and something else on the form was not."""
    change(update(Token).where(Token.id == token.id, Token.tries > 0).values(tries=Token.tries - 1))
    db.session.refresh(token)


def use_up(token: Token) -> bool:
    """Use a token up; False when somebody else was faster or its time has come."""
    used = change(
        update(Token)
        .where(Token.id == token.id, Token.used_at.is_(None), Token.expires_at > clock.now())
        .values(used_at=clock.now())
    )
    db.session.refresh(token)
    return used == 1


def end_links(kind: str, holder: Holder) -> None:
    """Let what was sent before no longer work; what was used stays as proof."""
    _end(Token.kind == kind, holder.owns())


def end_all_links(account_id: int, kinds: tuple[str, ...]) -> None:
    """End every unused token of these kinds that an account holds."""
    _end(Token.kind.in_(kinds), Token.account_id == account_id)


def end_links_about(kind: str, account_id: int, values: set[str]) -> None:
    """End an account's unused links of a kind as far as they are about one of these; `value` is sealed."""
    tokens = db.session.scalars(select(Token).where(Token.account_id == account_id, Token.kind == kind))
    _end(Token.id.in_([token.id for token in tokens if token.value in values]))


# The words by which registrations know these; a registration is the holder.
def issue_phone_code(application_id: int, account_id: int, number: str) -> Issued:
    """Six digits that prove the number of a registration."""
    return issue_code(PHONE, Holder(account_id, application_id), value=number)


def issue_activation(application_id: int, account_id: int, lives: timedelta) -> Issued:
    """An activation link; links that were sent before end here (SIN-22)."""
    return issue_link(ACTIVATION, Holder(account_id, application_id), lives=lives)


def take_phone_try(application_id: int, typed: str) -> tuple[Token | None, bool]:
    """Count one try of a registration's code."""
    return take_code_try(PHONE, Holder(application_id=application_id), typed)


def find_live_token(application_id: int, kind: str) -> Token | None:
    """The newest token of a registration that may still be used."""
    return find_live(kind, Holder(application_id=application_id))


def find_activation(secret: str) -> Token | None:
    """The token behind an activation link, used and ended ones too."""
    return find_link(ACTIVATION, secret)


def end_tokens(application_id: int, kind: str) -> None:
    """End what a registration was sent of a kind."""
    end_links(kind, Holder(application_id=application_id))


take_challenge_try: Callable[[Token, int], bool] = count_try
use_activation: Callable[[Token], bool] = use_up


def _end(*conditions: ColumnElement[bool]) -> None:
    db.session.execute(
        update(Token)
        .where(*conditions, Token.used_at.is_(None), Token.expires_at > clock.now())
        .values(expires_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _issue(
    kind: str, digest: str, secret: str, holder: Holder, lives: timedelta, value: str | None, at: datetime
) -> Issued:
    token = Token(
        kind=kind,
        digest=digest,
        account_id=holder.account_id,
        application_id=holder.application_id,
        value=value,
        created_at=at,
        expires_at=at + lives,
    )
    db.session.add(token)
    db.session.flush()
    return Issued(token.id, secret, token.expires_at)


def _code_digest(kind: str, holder: Holder, at: datetime, code: str) -> str:
    """Bound to its holder and moment: six digits alone would meet each other."""
    text = f"{holder.mark()}|{at:%Y%m%d%H%M%S%f}|{code}"
    return str(current_app.extensions["vault"].digest(f"{kind}-code", text))


def _link_digest(kind: str, secret: str) -> str:
    """Bound to its kind: a link of one kind opens no page of another."""
    return str(current_app.extensions["vault"].digest(kind, secret))
