"""Passwords: argon2 hashes on a credential row, checked in the same time whether or not the name exists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from sqlalchemy import delete

from portal import clock
from portal.config import ArgonCost
from portal.engine.assurance import STRONGEST
from portal.extensions import db
from portal.models import Credential
from portal.queries.logins import list_password_hashes

# A refusal always costs this many hashes, so that its time does not tell how many accounts a name has.
CANDIDATES = 3


def hash_password(password: str) -> str:
    """The argon2 hash to keep; slow on purpose, so call it before the transaction."""
    return _hasher().hash(password)


def keep_password(account_id: int, password_hash: str, *, assurance: int | None = None) -> None:
    """Make a hash the account's password.

    assurance: of the rule by which it is set (see engine.assurance); None leaves what it was.
    """
    credential = db.session.get(Credential, account_id)
    if credential is None:
        credential = Credential(account_id=account_id)
        db.session.add(credential)
    credential.password_hash = password_hash
    credential.changed_at = clock.now()
    if assurance is not None:
        credential.assurance = assurance
    db.session.flush()


def drop_password(account_id: int) -> None:
    """Nobody logs in with a password before a new one was set by an agency's rule."""
    db.session.execute(delete(Credential).where(Credential.account_id == account_id))


def set_password(account_id: int, password: str, *, assurance: int = STRONGEST) -> None:
    """Hash and keep a password, for commands and demo data; a route hashes before its transaction."""
    keep_password(account_id, hash_password(password), assurance=assurance)


def check_password(candidates: Sequence[int], password: str) -> int | None:
    """The first of these accounts whose password this is, or None; reads only.

    A refusal verifies `CANDIDATES` hashes, real or not. Limits are the caller's: see throttle.
    """
    hashes = list_password_hashes(candidates[:CANDIDATES])
    for account_id in candidates[:CANDIDATES]:
        if account_id in hashes and _matches(hashes[account_id], password):
            return account_id
    for _ in range(CANDIDATES - len(hashes)):
        _matches(_nobodys_hash(_hasher()), password)
    return None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _hasher() -> PasswordHasher:
    return _hasher_of(current_app.extensions["config"].argon2)


@lru_cache
def _hasher_of(cost: ArgonCost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)


@lru_cache
def _nobodys_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")
