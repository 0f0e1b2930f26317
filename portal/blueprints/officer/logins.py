"""Officers come and go: user name and password, each try counted before it is checked; then the second factor."""

from __future__ import annotations

from flask import Response, current_app, flash, request

from portal import clock
from portal.auth import log_in as begin_visit
from portal.auth import log_out as end_visit
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.half_open import begin_half_open
from portal.operations import throttle
from portal.operations.credentials import CANDIDATES, check_password
from portal.queries.accounts import list_duties
from portal.queries.duties import DUTY_ZONE
from portal.queries.logins import list_login_candidates
from portal.queries.officers import DESK, KIND, find_proof
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

HOME = "/petugas/"
LOGIN = "/petugas/masuk"
LEAVE = "/petugas/keluar"
LONGEST_PASSWORD = 200


@bp.get("/masuk")
@requires("everyone")
def log_in_page() -> Response:
    """The form; who is logged in goes on to the work."""
    if viewer().is_logged_in:
        return see_other(came_from())
    return answer("officer/login.html", username="", error="", came_from=came_from())


@bp.post("/masuk")
@requires("everyone")
def log_in() -> Response:
    """Check a try. The same sentence refuses an unknown name, a wrong password and who has no duty (any more)."""
    username = request.form.get("username", "").strip()[:80]
    digest = current_app.extensions["vault"].digest(KIND, username)
    place = (f"officer:{digest}", "", request.remote_addr or "")
    if wait := throttle.allow(*place):
        told = gettext("Too many tries. Wait %(seconds)s seconds.", seconds=wait.seconds)
        return _refused(username, told, 429)
    candidates = list_login_candidates(DESK, KIND, digest, CANDIDATES, proven_only=True)
    account_id = check_password(candidates, request.form.get("password", "")[:LONGEST_PASSWORD])
    if account_id is None or not list_duties(account_id, clock.today(DUTY_ZONE)):
        throttle.note_failure(*place)
        return _refused(username, gettext("Username or password is wrong."), 422)
    throttle.note_success(*place)
    return _go_on(account_id)


@bp.get("/keluar")
@requires("everyone")
def ask_before_leaving() -> Response:
    """The question of the guide, with KELUAR and CANCEL."""
    if not viewer().is_logged_in:
        return see_other(LOGIN)
    return answer("officer/leave.html", path=LEAVE, back=HOME)


@bp.post("/keluar")
@requires("everyone")
def log_out() -> Response:
    """End the visit once KELUAR was pressed; nothing of it stays on the machine."""
    if viewer().is_logged_in and request.form.get("sure") != "yes":
        return see_other(LEAVE)
    end_visit()
    response = see_other(LOGIN)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def came_from() -> str:
    """A path of this desk to go on to; anything else is the desk's own front."""
    wanted = request.values.get("lanjut", "")
    is_local = wanted.startswith("/petugas/") and "\\" not in wanted and "//" not in wanted and wanted.isprintable()
    return wanted if is_local and not wanted.startswith((LOGIN, LEAVE)) else HOME


def _go_on(account_id: int) -> Response:
    """To the code of the app; to setting it up where it is demanded; else into the desk."""
    config = current_app.extensions["config"]
    if find_proof(account_id).factor_since is not None:
        begin_half_open(account_id, came_from())
        return see_other(f"{LOGIN}/kode")
    if config.officer_second_factor:
        begin_half_open(account_id, came_from())
        return see_other(f"{LOGIN}/pasang")
    begin_visit(account_id)
    if config.demo:
        flash(gettext("The demo goes without a second code. In real use every officer needs one."), "info")
    return see_other(came_from())


def _refused(username: str, error: str, status: int) -> Response:
    context = {"username": username, "error": error, "came_from": came_from()}
    return answer("officer/login.html", "officer/_login_form.html", status=status, **context)
