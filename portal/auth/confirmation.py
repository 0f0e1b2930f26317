"""Who was just proven: sensitive acts ask for the password again when it was typed too long ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from flask import current_app, request

from portal import clock
from portal.auth.sessions import viewer
from portal.operations import visits
from portal.queries.accounts import find_stash
from portal.queries.officers import find_confirmed_at
from portal.transaction import transaction

P = ParamSpec("P")
R = TypeVar("R")
PAGE = "/petugas/konfirmasi"


def confirmed_recently(minutes: int = 10) -> bool:
    """Whether the person of this visit typed the password within so many minutes."""
    at = find_confirmed_at(viewer().visit_id)
    return at is not None and clock.now() - at <= timedelta(minutes=minutes)


def confirmed(view: Callable[P, R]) -> Callable[P, R]:
    """Below `@requires("officer")`: ask for the password first, and lose nothing that was typed.

    What a POST carried is kept encrypted for its account (without secrets), and the page of the same
    address shows it again: see `typed_before`. Nothing is ever replayed.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if confirmed_recently():
            return view(*args, **kwargs)
        who = viewer()
        came_from = request.full_path.rstrip("?")
        if request.method == "POST":
            came_from = request.path
            assert who.account_id is not None
            with transaction():
                visits.stash_form(who.account_id, request.path, request.form.to_dict())
        target = f"{PAGE}?{urlencode({'lanjut': came_from})}"
        answer = current_app.make_response(("", 303))
        answer.headers["Location"] = target
        return cast("R", answer)

    return guarded


def typed_before() -> dict[str, str]:
    """What was typed on this page before the password was asked for, or nothing."""
    who = viewer()
    return (find_stash(who.account_id, request.path) if who.account_id else None) or {}
