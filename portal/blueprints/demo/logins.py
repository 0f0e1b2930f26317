"""One tap to be somebody: citizens by `/demo/masuk`, officers under their own path, for each side has its cookie."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from portal.auth import log_in, requires
from portal.blueprints.demo import bp
from portal.errors import NotFound
from portal.extensions import without_csrf_token
from portal.operations.demo import DemoLogin, demo_logins
from portal.operations.logins import worth_of
from portal.queries.catalogue import catalogue
from portal.web.fragments import see_other


@bp.post("/demo/masuk/<key>")
@without_csrf_token  # The bar stands on both sides' pages, so its token may be the other side's; there is nothing to steal here.
@requires("demo")
def log_in_citizen(key: str) -> Response:
    """Be this citizen."""
    return _be(key, "citizen")


@bp.post("/petugas/demo-masuk/<key>")
@without_csrf_token  # As above.
@requires("demo")
def log_in_officer(key: str) -> Response:
    """Be this officer."""
    return _be(key, "officer")


@bp.app_context_processor
def _logins_of_the_bar() -> dict[str, Any]:
    """[{agency, logins: [{label, action}]}]: one box for each agency, so that the bar stays small on a phone."""
    boxes: dict[str, list[dict[str, str]]] = {}
    for login in demo_logins():
        boxes.setdefault(login.agency, []).append({"label": login.who, "action": _action(login)})
    agencies = catalogue().agencies
    return {"demo_logins": [{"agency": agencies[code].short_name, "logins": rows} for code, rows in boxes.items()]}


def _action(login: DemoLogin) -> str:
    is_officer = login.audience == "officer"
    return url_for("demo.log_in_officer" if is_officer else "demo.log_in_citizen", key=login.key)


def _be(key: str, audience: str) -> Response:
    login = next((x for x in demo_logins() if x.key == key and x.audience == audience), None)
    if login is None:
        raise NotFound("login")
    worth = worth_of(login.account_id, login.agency) if login.agency else 0
    log_in(login.account_id, agency=login.agency, assurance=worth)
    return see_other(login.home)
