"""The officer's own account: what proves it, the own numbers, and the link by which a new officer sets a password."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.duty_forms import office_name, role_label
from portal.blueprints.officer.logins import LOGIN
from portal.blueprints.officer.numbers import keep_typed_numbers, read_numbers
from portal.blueprints.officer.second_factor import OWN
from portal.engine.fields.password import password_problem
from portal.operations.credentials import hash_password
from portal.operations.officers import find_link, use_link
from portal.queries.catalogue import catalogue
from portal.queries.officers import find_proof
from portal.queries.registrations import get_account
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


@bp.get("/akun")
@requires("officer")
def show_own_account() -> Response:
    """My duties, my second factor, and whether my numbers are known."""
    return _own_page()


@bp.post("/akun")
@requires("officer")
def keep_own_numbers() -> Response:
    """Keep the own NIK and No. KK; only once."""
    account_id = officer_id(viewer())
    typed, errors = read_numbers(account_id)
    if errors:
        return _own_page(typed=typed, errors=errors, status=422)
    with transaction():
        keep_typed_numbers(account_id, typed)
    flash(gettext("Your numbers are kept, as hashes only."), "good")
    return see_other(OWN)


@bp.get("/kata-sandi/<secret>")
@requires("everyone")
def ask_first_password(secret: str) -> Response:
    """The page behind the link of an invitation; looking at it uses nothing up."""
    return _quiet(_password_page(secret) if find_link(secret) else _ended())


@bp.post("/kata-sandi/<secret>")
@requires("everyone")
def set_first_password(secret: str) -> Response:
    """Set the password by the rule for all; the link is used up."""
    token = find_link(secret)
    if token is None or token.account_id is None:
        return _quiet(_ended())
    account = get_account(token.account_id)
    password, again = request.form.get("password", ""), request.form.get("password_again", "")
    errors = {}
    if problem := password_problem(password, [account.name, account.email or ""]):
        errors["password"] = problem
    elif password != again:
        errors["password_again"] = gettext("The two passwords differ.")
    if errors:
        return _quiet(_password_page(secret, errors, 422))
    password_hash = hash_password(password)
    with transaction():
        is_set = use_link(secret, password_hash)
    if not is_set:
        return _quiet(_ended())
    flash(gettext("Your password is set. Log in to the desk now."), "good")
    return _quiet(see_other(LOGIN))


def _own_page(
    *, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    who = viewer()
    return answer(
        "officer/own_account.html",
        status=status,
        proof=find_proof(officer_id(who)),
        duties=[_duty_words(duty) for duty in who.duties],
        path=OWN,
        typed=typed or {},
        errors=errors or {},
    )


def _duty_words(duty: Any) -> str:
    agency = catalogue().agency(duty.agency).short_name
    return " · ".join([role_label(duty.agency, duty.role), agency, office_name(duty.agency, duty.office)])


def _password_page(secret: str, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    path = f"/petugas/kata-sandi/{secret}"
    return answer("officer/first_password.html", status=status, path=path, errors=errors or {})


def _ended() -> Response:
    return answer("officer/first_password_ended.html", status=410)


def _quiet(response: Response) -> Response:
    """The address holds a secret: it goes to nobody as a referrer."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
