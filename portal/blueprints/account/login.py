"""Logging in and out of citizens."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, g, request, url_for

from portal.auth import log_in, log_out, requires, viewer
from portal.blueprints.account import bp, sums
from portal.blueprints.account.place import Place, place_of_request, remember_device
from portal.engine.fields import field_type
from portal.operations.credentials import CANDIDATES, check_password
from portal.operations.registrations import login_digest
from portal.operations.throttle import FREE_TRIES, Wait, allow, note_failure, note_success
from portal.queries.logins import list_login_candidates
from portal.queries.registrations import (
    RegistrationForm,
    find_latest_registration,
    get_registration_form,
    list_registration_forms,
)
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

LOGIN_INPUT = "login_name"
PASSWORD_INPUT = "password"  # noqa: S105 - the name of an input
WRONG = "wrong"
WRONG_SUM = "wrong_sum"


@bp.get("/masuk")
@requires("everyone")
def log_in_page() -> Response:
    """With which agency to log in; the only one there is is not asked about."""
    onward = local_path(request.args.get("lanjut", ""))
    found = list_registration_forms()
    if len(found) == 1:
        to = url_for("account.show_login", agency=found[0].agency.code, lanjut=onward or None)
        return see_other(to)
    return answer("account/agencies.html", forms=found, endpoint="account.show_login", lanjut=onward)


@bp.get("/masuk/<agency>")
@requires("everyone")
def show_login(agency: str) -> Response:
    """NIK, Kata Kunci and a sum (SIN-24)."""
    form = get_registration_form(agency)
    if viewer().is_logged_in and viewer().agency == agency:
        return see_other(_way_on(agency))
    return _page(form)


@bp.post("/masuk/<agency>")
@requires("everyone")
def log_in_citizen(agency: str) -> Response:
    """Limits come before the hash, and one answer serves wrong names and wrong passwords."""
    form = get_registration_form(agency)
    if sums.asks_other_sum():
        return _page(form, typed=request.form.get(LOGIN_INPUT, ""))
    question = form.login_field
    typed = field_type(question.type).parse(question, {question.key: request.form.get(LOGIN_INPUT, "")})
    identifier = login_digest(question, f"{agency}|{typed}")
    place = place_of_request()
    known = place.knows(identifier)
    if not sums.is_sum_right():
        return _page(form, typed=typed, problem=WRONG_SUM, status=422)
    free = FREE_TRIES if not sums.goes_without_sum() else 1
    wait = allow(identifier, place.device, place.network, known=known, free=free)
    if wait is not None:
        return _page(form, typed=typed, wait=wait, status=429)
    candidates = list_login_candidates(agency, question.type, login_digest(question, typed), CANDIDATES)
    account_id = check_password(candidates, request.form.get(PASSWORD_INPUT, ""))
    if account_id is None:
        note_failure(identifier, place.device, place.network, known=known)
        return _page(form, typed=typed, problem=WRONG, status=422)
    note_success(identifier, place.device, place.network, known=known)
    return _welcome(account_id, agency, place, identifier)


@bp.post("/keluar")
@requires("everyone")
def log_out_citizen() -> Response:
    """End the visit; the next person on this phone finds nothing."""
    agency = viewer().agency
    log_out()
    flash(gettext("You are logged out."), "info")
    to = url_for("account.show_login", agency=agency) if agency else url_for("account.log_in_page")
    response = see_other(to)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@bp.get("/masuk/<agency>/lupa")
@requires("everyone")
def show_forgotten_password(agency: str) -> Response:
    """What to do without the password, as long as nobody can change it alone."""
    form = get_registration_form(agency)
    show_agency(agency)
    return answer("account/forgotten.html", form=form, agency=agency)


def local_path(wanted: str) -> str:
    """The path to go on to, or "" for anything that could lead elsewhere."""
    parts = urlsplit(wanted)
    is_local = wanted.startswith("/") and not wanted.startswith("//")
    if not is_local or parts.scheme or parts.netloc or "\\" in wanted or not wanted.isprintable():
        return ""
    return wanted


def _welcome(account_id: int, agency: str, place: Place, identifier: str) -> Response:
    log_in(account_id, agency=agency)
    who = viewer()
    if agency in who.enrolments:
        flash(gettext("Welcome %(name)s", name=who.name), "good")
    response = see_other(_way_on(agency))
    return remember_device(response, place, identifier)


def _way_on(agency: str) -> str:
    """To where somebody was going; before the account is active, only to its registration."""
    who = viewer()
    if agency in who.enrolments:
        return local_path(request.values.get("lanjut", "")) or f"/instansi/{agency}"
    own = find_latest_registration(who.account_id or 0, agency)
    if own is None:
        return url_for("account.show_account")
    return url_for("account.show_own_registration", code=own.code)


def _page(
    form: RegistrationForm,
    *,
    typed: str = "",
    problem: str = "",
    wait: Wait | None = None,
    status: int = 200,
) -> Response:
    show_agency(form.agency.code)
    return answer(
        "account/login.html",
        "account/_login_form.html",
        status=status,
        form=form,
        agency=form.agency.code,
        question=form.login_field,
        typed=typed,
        problem=problem,
        wait=wait.seconds if wait else 0,
        was_idle=g.get("expired_account_id") is not None and request.method == "GET",
        lanjut=local_path(request.values.get("lanjut", "")),
        sum=sums.sum_view(without=request.method == "POST" and sums.goes_without_sum()),
    )
