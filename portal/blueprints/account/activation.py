"""The activation link: GET shows a form and burns nothing, POST opens the account (SIN-21 to SIN-23)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from portal.auth import requires
from portal.blueprints.account import bp, sums
from portal.operations.activation import Activation, activate, find_open_activation
from portal.operations.credentials import hash_password
from portal.queries.answers import answers_of
from portal.transaction import transaction
from portal.web import registration_forms as forms
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
    password, errors = _chosen_password(found)
    if not typed:
        errors[CHALLENGE] = f"Isi {found.question}."
    if errors:
        return _quiet(_page(token, found, typed=typed, errors=errors, status=422))
    if not sums.is_sum_right():
        wrong = "Jawaban hitungan belum benar. Ini hitungan yang baru."
        return _quiet(_page(token, found, typed=typed, errors={sums.ANSWER: wrong}, status=422))
    agency = found.own.application.agency
    password_hash = hash_password(password) if password else ""
    with transaction():
        answered = activate(token, typed, password_hash)
    if answered.outcome == "done":
        flash(gettext("Your account is active. Log in to begin."), "good")
        return _quiet(see_other(url_for("account.show_login", agency=agency)))
    if answered.outcome == "dead":
        return _quiet(_ended(agency))
    wrong = f"{found.question} tidak sesuai dengan data pendaftaran. Sisa {answered.left} kali."
    return _quiet(_page(token, found, typed=typed, errors={CHALLENGE: wrong}, status=422))


def _chosen_password(found: Activation) -> tuple[str, dict[str, str]]:
    """The password of somebody whom an officer registered, by the rule of the form; "" for all others."""
    if not found.needs_password:
        return "", {}
    declared = found.own.declared
    answers = answers_of(found.own.application.id)
    return forms.read_password(declared.service, declared.agency, answers, request.form.to_dict())


def _page(
    token: str,
    found: Activation,
    *,
    typed: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    show_agency(found.own.application.agency)
    service, errors = found.own.declared.service, errors or {}
    if errors and found.needs_password:
        errors = forms.type_passwords_again(service, errors)
    without = request.method == "POST" and sums.goes_without_sum()
    return answer(
        "account/activation.html",
        "account/_activation_form.html",
        status=status,
        found=found,
        action=url_for("account.activate_account", token=token),
        typed=typed,
        passwords=forms.password_questions(service) if found.needs_password else [],
        intro=forms.password_intro(service) if found.needs_password else "",
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        sum=sums.sum_view(error=errors.get(sums.ANSWER, ""), without=without),
    )


def _ended(agency: str = "") -> Response:
    """Used, expired, wrong or tried too often: the next step is the same, so the page is too."""
    show_agency(agency or None)
    return answer("account/activation_ended.html", status=410, agency=agency)


def _quiet(response: Response) -> Response:
    """The address holds a secret: it goes to nobody as a referrer."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
