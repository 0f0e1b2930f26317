"""What a route demands of who asks; a test compares all rules with the url map."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from flask import abort, current_app, g, redirect, request, session, url_for

from portal.auth.sessions import viewer
from portal.operations import visits
from portal.transaction import transaction

P = ParamSpec("P")
R = TypeVar("R")
MUST_PROVE = "must_prove"  # in a visit: the account's number was given up, another one is proven first
PROVING = frozenset({"account.show_phone_change", "account.send_phone_change", "account.save_phone_change"})
AccessRule = Literal["everyone", "citizen", "officer", "demo", "hook"]


def requires(rule: AccessRule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """State who may use a route; a test compares all rules with the url map.

    everyone: nobody is asked who they are. citizen, officer: somebody logged in on
    that side (officers need a duty that is in force). demo: routes that exist only
    in the demo. hook: outside services, which prove themselves by a signature.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if rule in ("citizen", "officer") and (refusal := _refuse(rule)):
                return cast("R", refusal)
            return view(*args, **kwargs)

        guarded.access_rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refuse(rule: str) -> Any:
    who = viewer()
    if rule == "officer" and who.is_logged_in and not who.duties:
        abort(404)
    if who.is_logged_in and rule == "citizen" and session.get(MUST_PROVE) and request.endpoint not in PROVING:
        return redirect(url_for("account.show_phone_change"), 303)
    if who.is_logged_in:
        return None
    login = url_for("officer.log_in_page" if rule == "officer" else "account.log_in_page")
    came_from = request.full_path.rstrip("?") if request.method == "GET" else request.path
    g.pop("touch_visit", None)
    if request.method == "POST" and g.get("expired_account_id"):
        with transaction():
            visits.stash_form(g.expired_account_id, request.path, request.form.to_dict())
    target = f"{login}?{urlencode({'lanjut': came_from})}"
    if request.headers.get("HX-Request"):
        answer = current_app.make_response(("", 200))
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, 303)
