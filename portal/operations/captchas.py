"""Sums to solve, each good for one answer; they slow robots down and never count as protection.

A sum is made from a random token without a write, so showing a form stays a read; the row is
written when the sum is used, and its UNIQUE digest is what makes it single use (SIN-16).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from flask import current_app
from sqlalchemy import delete

from portal import clock
from portal.models import Captcha
from portal.operations.once import insert_once
from portal.transaction import change

LIFE = timedelta(minutes=60)
Sign = Literal["times", "minus", "plus"]
SIGNS: tuple[Sign, ...] = ("times", "minus", "plus")


@dataclass(frozen=True)
class Sum:
    """One sum as a form shows it; the token goes with the form, the answer does not."""

    token: str
    left: int
    sign: Sign
    right: int


def new_sum() -> Sum:
    """A fresh sum."""
    return _sum_of(f"{secrets.token_urlsafe(12)}.{int((clock.now() + LIFE).timestamp())}")


def use_sum(token: str, typed: str) -> bool:
    """Use a sum up, right or wrong; True only for the first, timely and right answer."""
    body, _, mark = token.rpartition(".")
    if not hmac.compare_digest(mark.encode(), _mark(body).encode()):
        return False
    found = _sum_of(body)
    expires_at = datetime.fromtimestamp(int(body.rpartition(".")[2]), UTC)
    if expires_at <= clock.now() or not _is_first_use(token, found, expires_at):
        return False
    return typed.strip() == str(_result(found))


def forget_old_sums() -> int:
    """Drop the rows of sums that could no longer be used anyway; returns how many."""
    return change(delete(Captcha).where(Captcha.expires_at < clock.now()))


def solve(shown: Sum) -> str:
    """The answer, for tests and journeys that play the person."""
    return str(_result(shown))


def read_sum(token: str) -> Sum:
    """The sum that a token stands for."""
    return _sum_of(token.rpartition(".")[0])


def _is_first_use(token: str, used: Sum, expires_at: datetime) -> bool:
    return insert_once(
        Captcha,
        digest=current_app.extensions["vault"].digest("captcha", token),
        answer=str(_result(used)),
        expires_at=expires_at,
        used_at=clock.now(),
    )


def _sum_of(body: str) -> Sum:
    dice = bytes.fromhex(current_app.extensions["vault"].digest("captcha-sum", body))
    sign = SIGNS[dice[0] % len(SIGNS)]
    left, right = 5 + dice[1] % 5, 2 + dice[2] % (3 if sign == "minus" else 4)
    return Sum(f"{body}.{_mark(body)}", left, sign, right)


def _mark(body: str) -> str:
    return str(current_app.extensions["vault"].digest("captcha-mark", body))[:32]


def _result(shown: Sum) -> int:
    left, right = shown.left, shown.right
    return {"times": left * right, "minus": left - right, "plus": left + right}[shown.sign]
