"""Officers come and go: user name and password, each try counted before it is checked."""

from __future__ import annotations

from flask import Response, current_app, request

from portal.auth import log_in as begin_visit
from portal.auth import log_out as end_visit
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.operations import throttle
from portal.operations.credentials import CANDIDATES, check_password
from portal.operations.officers import DESK, KIND
from portal.queries.logins import list_login_candidates
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

HOME = "/petugas/"
LONGEST_PASSWORD = 200


@bp.get("/masuk")
@requires("everyone")
def log_in_page() -> Response:
    """The form; who is logged in goes on to the work."""
    if viewer().is_logged_in:
        return see_other(_came_from())
    return answer("officer/login.html", username="", error="", came_from=_came_from())


@bp.post("/masuk")
@requires("everyone")
def log_in() -> Response:
    """Check a try. The same sentence refuses an unknown name and a wrong password."""
    username = request.form.get("username", "").strip()[:80]
    digest = current_app.extensions["vault"].digest(KIND, username)
    place = (f"officer:{digest}", "", request.remote_addr or "")
    if wait := throttle.allow(*place):
        told = gettext("Too many tries. Wait %(seconds)s seconds.", seconds=wait.seconds)
        return _refused(username, told, 429)
    candidates = list_login_candidates(DESK, KIND, digest, CANDIDATES, proven_only=True)
    account_id = check_password(candidates, request.form.get("password", "")[:LONGEST_PASSWORD])
    if account_id is None:
        throttle.note_failure(*place)
        return _refused(username, gettext("User name or password is wrong."), 422)
    throttle.note_success(*place)
    begin_visit(account_id)
    return see_other(_came_from())


@bp.post("/keluar")
@requires("everyone")
def log_out() -> Response:
    """End the visit; nothing of it stays on the machine."""
    end_visit()
    return see_other("/petugas/masuk")


def _refused(username: str, error: str, status: int) -> Response:
    context = {"username": username, "error": error, "came_from": _came_from()}
    return answer("officer/login.html", "officer/_login_form.html", status=status, **context)


def _came_from() -> str:
    """A path of this desk to go on to; anything else is the desk's own front."""
    wanted = request.values.get("lanjut", "")
    is_local = wanted.startswith("/petugas/") and "\\" not in wanted and "//" not in wanted
    return wanted if is_local and not wanted.startswith("/petugas/masuk") else HOME
