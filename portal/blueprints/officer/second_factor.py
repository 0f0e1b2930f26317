"""The second step of logging in, setting the app up, and proving oneself again before a sensitive act."""

from __future__ import annotations

from flask import Response, flash, request, session
from markupsafe import Markup

from portal.auth import requires, viewer
from portal.auth.confirmation import confirmed
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.half_open import HalfOpen, find_half_open, finish, note_wrong_code
from portal.blueprints.officer.logins import HOME, LOGIN, LONGEST_PASSWORD, came_from
from portal.blueprints.officer.numbers import keep_typed_numbers, read_numbers
from portal.operations import second_factor as factor
from portal.operations import throttle
from portal.operations.credentials import check_password
from portal.operations.visits import confirm_visit
from portal.queries.officers import find_proof
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

SECRET = "factor_secret"  # noqa: S105 - a key in the visit's sealed data
OWN = "/petugas/akun"
SETUP = f"{OWN}/kode-kedua"
CONFIRM = "/petugas/konfirmasi"


@bp.get("/masuk/kode")
@requires("everyone")
def ask_code() -> Response:
    """The code of the app, or a recovery code."""
    return _code_page() if find_half_open() else see_other(LOGIN)


@bp.post("/masuk/kode")
@requires("everyone")
def give_code() -> Response:
    """Check it; each code is good once."""
    half = find_half_open()
    if half is None:
        return _begin_again()
    typed = request.form.get("code", "").strip()[:40]
    if wait := factor.allow_try(half.account_id, typed):
        return _code_page(_too_soon(wait.seconds), 429)
    if not _use_code(half.account_id, typed):
        note_wrong_code(half)
        return _code_page(_wrong_code(), 422) if find_half_open() else _begin_again()
    finish(half)
    left = find_proof(half.account_id).codes_left
    if len(typed) > 7:
        flash(gettext("A recovery code was used. %(left)s are left.", left=left), "action")
    return see_other(half.onward)


@bp.get("/masuk/pasang")
@requires("everyone")
def ask_first_setup() -> Response:
    """Who has no second factor yet sets it up before any other page."""
    half = find_half_open()
    return _setup_page(half.account_id, f"{LOGIN}/pasang") if half else see_other(LOGIN)


@bp.post("/masuk/pasang")
@requires("everyone")
def do_first_setup() -> Response:
    """Keep the app whose code came back, and show the recovery codes once."""
    half = find_half_open()
    if half is None:
        return _begin_again()
    return _set_up(half.account_id, f"{LOGIN}/pasang", half=half)


@bp.get("/akun/kode-kedua")
@requires("officer")
@confirmed
def ask_setup() -> Response:
    """Set the app up, or another one in its place."""
    return _setup_page(officer_id(viewer()), SETUP)


@bp.post("/akun/kode-kedua")
@requires("officer")
@confirmed
def do_setup() -> Response:
    """Keep the app whose code came back; the one before ends."""
    return _set_up(officer_id(viewer()), SETUP)


@bp.get("/akun/kode-pemulihan")
@requires("officer")
@confirmed
def ask_new_codes() -> Response:
    """Before the old recovery codes end."""
    return answer("officer/new_codes.html", path=f"{OWN}/kode-pemulihan", back=OWN)


@bp.post("/akun/kode-pemulihan")
@requires("officer")
@confirmed
def make_new_codes() -> Response:
    """Ten new recovery codes, shown once."""
    account_id = officer_id(viewer())
    if find_proof(account_id).factor_since is None:
        return see_other(OWN)
    with transaction():
        codes = factor.renew_own_codes(account_id)
    return answer("officer/recovery_codes.html", codes=codes, onward=OWN)


@bp.get("/konfirmasi")
@requires("officer")
def ask_again() -> Response:
    """Password, and the code where there is a second factor, before a sensitive act."""
    return _confirm_page()


@bp.post("/konfirmasi")
@requires("officer")
def confirm_again() -> Response:
    """Note in the visit that it is still the same person."""
    who = viewer()
    account_id = officer_id(who)
    place = (f"confirm:{account_id}", "", "")
    if wait := throttle.allow(*place):
        return _confirm_page(_too_soon(wait.seconds), 429)
    if check_password([account_id], request.form.get("password", "")[:LONGEST_PASSWORD]) is None:
        throttle.note_failure(*place)
        return _confirm_page(gettext("The password is wrong."), 422)
    if find_proof(account_id).factor_since is not None:
        typed = request.form.get("code", "").strip()[:40]
        if wait := factor.allow_try(account_id, typed):
            return _confirm_page(_too_soon(wait.seconds), 429)
        if not _use_code(account_id, typed):
            return _confirm_page(_wrong_code(), 422)
    throttle.note_success(*place)
    assert who.visit_id is not None
    with transaction():
        confirm_visit(who.visit_id)
    return see_other(came_from())


def _use_code(account_id: int, typed: str) -> bool:
    with transaction():
        is_right = factor.check_code(account_id, typed)
    (factor.note_success if is_right else factor.note_failure)(account_id)
    return is_right


def _set_up(account_id: int, path: str, *, half: HalfOpen | None = None) -> Response:
    secret, typed = session.get(SECRET, ""), request.form.get("code", "").strip()[:40]
    numbers, errors = read_numbers(account_id)
    if wait := factor.allow_try(account_id, ""):
        errors["code"] = _too_soon(wait.seconds)
    codes = None
    if not errors and secret:
        with transaction():
            codes = factor.enrol(account_id, secret, typed, replaces=half is None)
            if codes is not None:
                keep_typed_numbers(account_id, numbers)
    if codes is None:
        errors = errors or {"code": gettext("The code is wrong. Type the one that the app shows now.")}
        return _setup_page(account_id, path, errors=errors, typed=numbers, status=422)
    factor.note_success(account_id)
    if half is not None:
        finish(half)
    session.pop(SECRET, None)
    return answer("officer/recovery_codes.html", codes=codes, onward=half.onward if half else OWN)


def _setup_page(
    account_id: int,
    path: str,
    *,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    proof = find_proof(account_id)
    if proof.factor_since is not None and path != SETUP:
        return see_other(LOGIN)
    # Kept in the visit, so that a reload shows the same code; it counts only once a code of it came back.
    secret = session.setdefault(SECRET, factor.new_secret())
    import segno  # Drawn once in an officer's life; every web process would carry it.

    picture = segno.make(factor.app_address(secret, proof.username or "petugas"), micro=False)
    return answer(
        "officer/second_factor.html",
        status=status,
        path=path,
        # The library's own drawing; nothing in it was typed by anybody but the user name, as dots.
        picture=Markup(picture.svg_inline(scale=5, border=4, dark="#000", light="#fff")),  # noqa: S704
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        asks_numbers=not proof.has_numbers,
        typed=typed or {},
        errors=errors or {},
        back=OWN if path == SETUP else LOGIN,
    )


def _code_page(error: str = "", status: int = 200) -> Response:
    return answer("officer/second_code.html", status=status, error=error, path=f"{LOGIN}/kode", back=LOGIN)


def _confirm_page(error: str = "", status: int = 200) -> Response:
    proof = find_proof(officer_id(viewer()))
    return answer(
        "officer/confirm.html",
        status=status,
        error=error,
        path=CONFIRM,
        asks_code=proof.factor_since is not None,
        came_from=came_from(),
        back=HOME,
    )


def _begin_again() -> Response:
    flash(gettext("That took too long or too many tries. Type your password again."), "action")
    return see_other(LOGIN)


def _wrong_code() -> str:
    return gettext("The code is wrong or was used already. Wait for the next one.")


def _too_soon(seconds: int) -> str:
    return gettext("Too many tries. Wait %(seconds)s seconds.", seconds=seconds)
