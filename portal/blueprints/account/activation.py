"""The activation link: GET shows a form and burns nothing, POST opens the account (SIN-21 to SIN-23)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from portal.auth import requires
from portal.blueprints.account import bp, sums
from portal.operations.activation import Activation, activate, find_open_activation
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

CHALLENGE = "challenge"


@bp.get("/aktivasi/<token>")
@requires("everyone")
def show_activation(token: str) -> Response:
    """Asks the question of the registration, or says what to do with a link that ended."""
    found = find_open_activation(token)
    return _quiet(_page(token, found) if found else _ended())


@bp.post("/aktivasi/<token>")
@requires("everyone")
def activate_account(token: str) -> Response:
    """Take the answer; the account is open afterwards, and the link is used."""
    found = find_open_activation(token)
    if found is None:
        return _quiet(_ended())
    if sums.asks_other_sum():
        return _quiet(_page(token, found))
    typed = request.form.get(CHALLENGE, "").strip()
    if not typed:
        return _quiet(_page(token, found, error=f"Isi {found.question}.", status=422))
    if not sums.is_sum_right():
        wrong = "Jawaban hitungan belum benar. Ini hitungan yang baru."
        return _quiet(_page(token, found, typed=typed, sum_error=wrong, status=422))
    agency = found.own.application.agency
    with transaction():
        answered = activate(token, typed)
    if answered.outcome == "done":
        flash(gettext("Your account is active. Log in to begin."), "good")
        return _quiet(see_other(url_for("account.show_login", agency=agency)))
    if answered.outcome == "dead":
        return _quiet(_ended(agency))
    wrong = f"{found.question} tidak sesuai dengan data pendaftaran. Sisa {answered.left} kali."
    return _quiet(_page(token, found, typed=typed, error=wrong, status=422))


def _page(
    token: str,
    found: Activation,
    *,
    typed: str = "",
    error: str = "",
    sum_error: str = "",
    status: int = 200,
) -> Response:
    show_agency(found.own.application.agency)
    without = request.method == "POST" and sums.goes_without_sum()
    return answer(
        "account/activation.html",
        "account/_activation_form.html",
        status=status,
        found=found,
        action=url_for("account.activate_account", token=token),
        typed=typed,
        error=error,
        sum=sums.sum_view(error=sum_error, without=without),
    )


def _ended(agency: str = "") -> Response:
    """Used, expired, wrong or tried too often: the next step is the same, so the page is too."""
    show_agency(agency or None)
    return answer("account/activation_ended.html", status=410, agency=agency)


def _quiet(response: Response) -> Response:
    """The address holds a secret: it goes to nobody as a referrer."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
