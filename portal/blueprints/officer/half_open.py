"""A half-open visit: the password was right and the second factor is still to come.

It belongs to nobody: the account stands only in the visit's own data, so that no page but the next one
knows anybody in it. It lasts ten minutes and five tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import session

from portal import clock
from portal.auth import log_in, log_out
from portal.queries.officers import password_is_from_before

KEY = "half_open"
LIVES = timedelta(minutes=10)
TRIES = 5


@dataclass(frozen=True)
class HalfOpen:
    """Whose password was typed, when, where to go on to, and how many codes were wrong."""

    account_id: int
    at: datetime
    onward: str
    tries: int


def begin_half_open(account_id: int, onward: str) -> None:
    """Begin it under a new random id, so that nobody who knew the old one goes along."""
    log_out()
    session[KEY] = {"account": account_id, "at": clock.now().isoformat(), "onward": onward, "tries": 0}


def find_half_open() -> HalfOpen | None:
    """The half-open visit of this request; None when it is over, or the password was changed meanwhile."""
    kept = session.get(KEY)
    if not kept:
        return None
    half = HalfOpen(kept["account"], datetime.fromisoformat(kept["at"]), kept["onward"], kept["tries"])
    is_alive = clock.now() - half.at <= LIVES and half.tries < TRIES
    return half if is_alive and password_is_from_before(half.account_id, half.at) else None


def note_wrong_code(half: HalfOpen) -> None:
    """Count a wrong code; after the fifth one begins with the password again."""
    session[KEY] = {**session[KEY], "tries": half.tries + 1}


def finish(half: HalfOpen) -> None:
    """Both were right: begin the visit itself, under another random id."""
    log_in(half.account_id)
