"""Ganti Password of somebody who is logged in: old, new, repeat; then log in again (SIN-36, PAS-45)."""

from __future__ import annotations

from flask import Response, current_app, flash, request, url_for

from portal.auth import log_out, requires, viewer
from portal.blueprints.account import bp
from portal.blueprints.account.own import agency_of_words, own_id
from portal.blueprints.account.place import place_of_request
from portal.operations.credentials import check_password, hash_password
from portal.operations.passwords import change_password
from portal.operations.throttle import allow, note_failure, note_success
from portal.queries.registrations import find_latest_registration
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.new_password import read_new_password, telling_answers

OLD = "old_password"
LONGEST = 200


@bp.get("/akun/kata-kunci")
@requires("citizen")
def show_password_change() -> Response:
    """Asks for the old password and twice for the new one."""
    return _page()


@bp.post("/akun/kata-kunci")
@requires("citizen")
def change_own_password() -> Response:
    """Keep the new password; every session ends, this one too."""
    account_id, agency = own_id(), agency_of_words()
    raw = request.form.to_dict()
    password, errors = read_new_password(raw, _telling(account_id, agency))
    if not raw.get(OLD):
        errors = {OLD: gettext("Type the password that you use now.")} | errors
    elif not errors and raw[OLD] == password:
        errors["password"] = gettext("This is the password you have. Choose another one.")
    if errors:
        return _page(errors)
    network = place_of_request().network
    identifier = str(current_app.extensions["vault"].digest("own-password", str(account_id)))
    if wait := allow(identifier, "", network):
        return _page(wait=wait.seconds, status=429)
    if check_password([account_id], raw[OLD][:LONGEST]) is None:
        note_failure(identifier, "", network)
        return _page({OLD: gettext("This is not the password that you use now.")})
    note_success(identifier, "", network)
    password_hash = hash_password(password)
    login = viewer().agency or agency
    with transaction():
        change_password(account_id, password_hash, agency=agency)
    log_out()
    flash(gettext("The password was changed. Log in with the new one."), "good")
    return see_other(url_for("account.show_login", agency=login))


def _telling(account_id: int, agency: str) -> list[str]:
    own = find_latest_registration(account_id, agency)
    return telling_answers(own.declared.service, own.answers) if own else []


def _page(errors: dict[str, str] | None = None, *, wait: int = 0, status: int = 0) -> Response:
    show_agency(viewer().agency or None)
    errors = errors or {}
    return answer(
        "account/password.html",
        "account/_password_form.html",
        status=status or (422 if errors else 200),
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        wait=wait,
    )
