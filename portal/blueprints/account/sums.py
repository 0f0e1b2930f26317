"""The sum of a form, and the way around it for people who cannot solve sums (SIN-16, SIN-17)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from portal.operations.captchas import Sum, new_sum, use_sum
from portal.transaction import transaction

ANSWER = "captcha_answer"
TOKEN = "captcha_token"  # noqa: S105 - the name of an input
WITHOUT = "without_sum"


@dataclass(frozen=True)
class SumView:
    """What the partial `account/_sum.html` shows; `shown` is None on the way without a sum."""

    shown: Sum | None
    error: str = ""


def sum_view(*, error: str = "", without: bool = False) -> SumView:
    """A fresh sum, or none."""
    return SumView(None if without else new_sum(), error)


def goes_without_sum() -> bool:
    """Whether the posted form came, or is to come, without a sum: its limits are stricter then."""
    wish = request.form.get("_captcha")
    return wish == "none" or (wish != "other" and request.form.get(WITHOUT) == "yes")


def asks_other_sum() -> bool:
    """Whether a button asked for another sum, or for none, instead of sending the form."""
    return request.form.get("_captcha") in ("other", "none")


def is_sum_right() -> bool:
    """Use the posted sum up, right or wrong, in a write of its own that survives a refusal."""
    if goes_without_sum():
        return True
    with transaction():
        return use_sum(request.form.get(TOKEN, ""), request.form.get(ANSWER, ""))
