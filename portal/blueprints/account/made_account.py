"""The link of an account that an officer made: its owner sees the login name and sets the first password (KAR-32)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from portal.auth import requires
from portal.blueprints.account import bp
from portal.operations.created_accounts import MadeAccount, choose_first_password, find_made_account
from portal.operations.credentials import hash_password
from portal.queries.answers import answers_of
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.quiet import quiet


@bp.get("/akun-baru/<token>")
@requires("everyone")
def show_made_account(token: str) -> Response:
    """The form; looking at it uses nothing up."""
    found = find_made_account(token)
    return quiet(_page(token, found) if found else _ended())


@bp.post("/akun-baru/<token>")
@requires("everyone")
def set_first_password(token: str) -> Response:
    """Keep the password and use the link up."""
    found = find_made_account(token)
    if found is None:
        return quiet(_ended())
    declared = found.own.declared
    service = forms.password_service(declared.service)
    answers = answers_of(found.own.application.id)
    password, errors = forms.read_password(service, declared.agency, answers, request.form.to_dict())
    if errors:
        return quiet(_page(token, found, forms.type_passwords_again(service, errors), status=422))
    hashed = hash_password(password)
    with transaction():
        is_kept = choose_first_password(token, hashed)
    if not is_kept:
        return quiet(_ended())
    flash(gettext("Your password is set. Log in to begin."), "good")
    return quiet(see_other(url_for("account.show_login", agency=found.own.application.agency)))


def _page(token: str, found: MadeAccount, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    service, errors = forms.password_service(found.own.declared.service), errors or {}
    show_agency(found.own.application.agency)
    return answer(
        "account/made_account.html",
        status=status,
        found=found,
        token=token,
        passwords=forms.password_questions(service),
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
    )


def _ended() -> Response:
    show_agency(None)
    return answer("account/activation_ended.html", status=410, agency="")
