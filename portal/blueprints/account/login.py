"""Logging in and out of citizens."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, g, request, session, url_for

from portal.auth import log_in, log_out, requires, viewer
from portal.auth.access import MUST_PROVE
from portal.auth.devices import device_label
from portal.blueprints.account import bp, sums
from portal.blueprints.account.place import named_place, remember_device
from portal.engine.fields import field_type
from portal.operations.logins import (
    Place,
    Standing,
    login_question,
    remember_place,
    standing_at,
    try_password,
    worth_of,
)
from portal.operations.new_devices import tell_of_new_device
from portal.operations.throttle import FREE_TRIES, Wait
from portal.queries.account_registrations import must_prove_number
from portal.queries.registrations import (
    RegistrationForm,
    find_latest_registration,
    get_registration_form,
    list_registration_forms,
)
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.login_words import login_words
from portal.web.outside import lead_to_providers, outside_buttons

LOGIN_INPUT = "login_name"
PASSWORD_INPUT = "password"  # noqa: S105 - the name of an input
LONGEST_PASSWORD = 200
WRONG = "wrong"
WRONG_SUM = "wrong_sum"
NUMERIC = frozenset({"nik", "kk", "phone"})


@bp.get("/masuk")
@requires("everyone")
def log_in_page() -> Response:
    """With which agency to log in; the only one there is, and the one of a session that ran out, is not asked about."""
    onward = local_path(request.args.get("lanjut", ""))
    found = list_registration_forms()
    found = [form for form in found if form.agency.code == g.get("expired_agency")] or found
    if len(found) == 1:
        to = url_for("account.show_login", agency=found[0].agency.code, lanjut=onward or None)
        return see_other(to)
    return answer("account/agencies.html", forms=found, endpoint="account.show_login", lanjut=onward)


@bp.get("/masuk/<agency>")
@requires("everyone")
def show_login(agency: str) -> Response:
    """The agency's name of a person, the password and a sum (SIN-24, PAS-01, SKK-01, PTS-11)."""
    form = get_registration_form(agency)
    if viewer().is_logged_in and viewer().agency == agency and agency not in viewer().closed:
        return see_other(_way_on(agency))
    return _page(form)


@bp.post("/masuk/<agency>")
@requires("everyone")
def log_in_citizen(agency: str) -> Response:
    """Limits come before the hash, and one answer serves wrong names and wrong passwords."""
    form = get_registration_form(agency)
    question = login_question(form)
    typed = field_type(question.type).parse(question, {question.key: request.form.get(LOGIN_INPUT, "")})
    if sums.asks_other_sum():
        return _page(form, typed=typed)
    if not sums.is_sum_right():
        return _page(form, typed=typed, problem=WRONG_SUM, status=422)
    place = named_place()
    password = request.form.get(PASSWORD_INPUT, "")[:LONGEST_PASSWORD]
    free = FREE_TRIES if not sums.goes_without_sum() else 1
    tried = try_password(agency, question, typed, password, place, free=free)
    if tried.wait is not None:
        return _page(form, typed=typed, wait=tried.wait, status=429)
    if tried.account_id is None:
        return _page(form, typed=typed, problem=WRONG, status=422)
    standing = standing_at(tried.account_id, agency)
    if not standing.may_enter:
        return _page(form, typed=typed, standing=standing, status=403)
    return welcome(tried.account_id, agency, place, worth=worth_of(tried.account_id, agency))


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


def local_path(wanted: str) -> str:
    """The path to go on to, or "" for anything that could lead elsewhere."""
    parts = urlsplit(wanted)
    is_local = wanted.startswith("/") and not wanted.startswith("//")
    if not is_local or parts.scheme or parts.netloc or "\\" in wanted or not wanted.isprintable():
        return ""
    return wanted


def welcome(
    account_id: int, agency: str, place: Place, *, worth: int, by_password: bool = True, onward: str = ""
) -> Response:
    """Begin the visit of somebody who is proven and may enter; a device that is new to the account is told."""
    log_in(account_id, agency=agency, assurance=worth, by_password=by_password)
    # A weaker log-in may not change the number of a better proven account, so it is not held there either.
    if must_prove_number(account_id) and not viewer().closed:
        session[MUST_PROVE] = True
    with transaction():
        if remember_place(account_id, place):
            tell_of_new_device(account_id, agency, device_label(request.user_agent.string))
    who = viewer()
    if agency in who.enrolments:
        flash(gettext("Welcome %(name)s", name=who.name), "good")
    return remember_device(see_other(_way_on(agency, onward)), place)


def _way_on(agency: str, onward: str = "") -> str:
    """To where somebody was going; before the account is active, only to its registration."""
    who = viewer()
    if agency in who.enrolments:
        return local_path(onward or request.values.get("lanjut", "")) or f"/instansi/{agency}"
    if agency in who.closed:
        return url_for("account.show_account")
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
    standing: Standing | None = None,
    status: int = 200,
) -> Response:
    show_agency(form.agency.code)
    question = login_question(form)
    response = answer(
        "account/login.html",
        "account/_login_form.html",
        status=status,
        form=form,
        agency=form.agency.code,
        question=question,
        is_numeric=question.type in NUMERIC,
        typed=typed,
        problem=problem,
        wait=wait.seconds if wait else 0,
        standing=standing,
        was_idle=g.get("expired_account_id") is not None and request.method == "GET",
        lanjut=local_path(request.values.get("lanjut", "")),
        sum=sums.sum_view(without=request.method == "POST" and sums.goes_without_sum()),
        words=login_words(form),
        outside=outside_buttons(form.rules.outside),
    )
    return lead_to_providers(response) if form.rules.outside else response
