"""Secrets that were sent to somebody: phone codes and activation links, kept only as keyed hashes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.models import Token
from portal.transaction import change

PHONE = "phone"  # the kind that the guard phone_proven looks for
ACTIVATION = "activation"
CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5


@dataclass(frozen=True)
class Issued:
    """A secret that was just made; `secret` goes into one message and is nowhere else."""

    id: int
    secret: str
    expires_at: datetime


def issue_phone_code(application_id: int, account_id: int, number: str) -> Issued:
    """Six digits that prove one number; codes that were sent before end here."""
    end_tokens(application_id, PHONE)
    secret = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    at = clock.now()
    digest = _code_digest(application_id, at, secret)
    return _issue(PHONE, digest, secret, application_id, account_id, at, CODE_LIFE, number)


def issue_activation(application_id: int, account_id: int, lives: timedelta) -> Issued:
    """A link's random part of 128 bits; links that were sent before end here (SIN-22)."""
    end_tokens(application_id, ACTIVATION)
    secret = secrets.token_hex(16)
    digest = _link_digest(secret)
    return _issue(ACTIVATION, digest, secret, application_id, account_id, clock.now(), lives, None)


def take_phone_try(application_id: int, typed: str) -> tuple[Token | None, bool]:
    """Count one try of the live code: (its token or None when none lives, whether it was right).

    The try is counted before it is compared, so that many at once are not one. A right code is
    used up, which proves its number.
    """
    token = find_live_token(application_id, PHONE)
    if token is None or not _count_try(token, CODE_TRIES):
        return None, False
    expected = _code_digest(application_id, token.created_at, typed.strip().replace(" ", ""))
    if not secrets.compare_digest(expected, token.digest):
        return token, False
    return token, _use(token)


def take_challenge_try(token: Token, most: int) -> bool:
    """Count one answer to an activation's question; False when none is left."""
    return _count_try(token, most)


def use_activation(token: Token) -> bool:
    """Use a link up; False when somebody else was faster."""
    return _use(token)


def find_live_token(application_id: int, kind: str) -> Token | None:
    """The newest token of an application that may still be used, tries aside."""
    return db.session.scalar(
        select(Token)
        .where(
            Token.application_id == application_id,
            Token.kind == kind,
            Token.used_at.is_(None),
            Token.expires_at > clock.now(),
        )
        .order_by(Token.id.desc())
        .limit(1)
    )


def find_activation(secret: str) -> Token | None:
    """The token behind a link's random part, used and ended ones too."""
    if len(secret) != 32 or not secret.isascii():
        return None
    return db.session.scalar(select(Token).where(Token.digest == _link_digest(secret), Token.kind == ACTIVATION))


def end_tokens(application_id: int, kind: str) -> None:
    """Let what was sent before no longer work; what was used stays as proof."""
    db.session.execute(
        update(Token)
        .where(
            Token.application_id == application_id,
            Token.kind == kind,
            Token.used_at.is_(None),
            Token.expires_at > clock.now(),
        )
        .values(expires_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _issue(
    kind: str,
    digest: str,
    secret: str,
    application_id: int,
    account_id: int,
    at: datetime,
    lives: timedelta,
    value: str | None,
) -> Issued:
    token = Token(
        kind=kind,
        digest=digest,
        account_id=account_id,
        application_id=application_id,
        value=value,
        created_at=at,
        expires_at=at + lives,
    )
    db.session.add(token)
    db.session.flush()
    return Issued(token.id, secret, token.expires_at)


def _count_try(token: Token, most: int) -> bool:
    counted = change(
        update(Token)
        .where(Token.id == token.id, Token.used_at.is_(None), Token.tries < most)
        .values(tries=Token.tries + 1)
    )
    db.session.refresh(token)
    return counted == 1


def _use(token: Token) -> bool:
    used = change(
        update(Token)
        .where(Token.id == token.id, Token.used_at.is_(None), Token.expires_at > clock.now())
        .values(used_at=clock.now())
    )
    db.session.refresh(token)
    return used == 1


def _code_digest(application_id: int, at: datetime, code: str) -> str:
    """Bound to its application and moment: six digits alone would meet each other."""
    text = f"{application_id}|{at:%Y%m%d%H%M%S%f}|{code}"
    return str(current_app.extensions["vault"].digest("phone-code", text))


def _link_digest(secret: str) -> str:
    return str(current_app.extensions["vault"].digest("activation", secret))
