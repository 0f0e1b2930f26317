"""The activation link: GET shows a form and burns nothing, POST opens the account (SIN-21 to SIN-23)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from portal.auth import requires
from portal.blueprints.account import bp, sums
from portal.errors import Conflict, Invalid
from portal.operations.activation import (
    Activation,
    Answered,
    activate,
    check_new_name,
    find_open_activation,
)
from portal.operations.credentials import hash_password
from portal.queries.answers import answers_of
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.quiet import quiet

CHALLENGE = "challenge"


@bp.get("/aktivasi/<token>")
@requires("everyone")
def show_activation(token: str) -> Response:
    """Asks the question of the registration, or says what to do with a link that ended."""
    found = find_open_activation(token)
    return quiet(_page(token, found) if found else _ended())


@bp.post("/aktivasi/<token>")
@requires("everyone")
def activate_account(token: str) -> Response:
    """Take the answer; the account is open afterwards, and the link is used."""
    found = find_open_activation(token)
    if found is None:
        return quiet(_ended())
    if sums.asks_other_sum():
        return quiet(_page(token, found))
    typed = request.form.get(CHALLENGE, "").strip()
    password, errors = _chosen_password(found)
    name = _chosen_name(found, errors)
    if found.question and not typed:
        errors[CHALLENGE] = f"Isi {found.question}."
    if not errors and found.question and not sums.is_sum_right():
        errors[sums.ANSWER] = "Jawaban hitungan belum benar. Ini hitungan yang baru."
    if errors:
        return quiet(_page(token, found, typed=typed, errors=errors, status=422))
    agency = found.own.application.agency
    password_hash = hash_password(password) if password else ""
    welcome = _welcome(found)
    try:
        with transaction():
            answered = activate(token, typed, password_hash, name)
    except Conflict:
        # The mailbox or the name became somebody else's in between: they have the account.
        return quiet(_ended(agency))
    if answered.outcome == "done":
        flash(welcome, "good")
        return quiet(see_other(url_for("account.show_login", agency=agency)))
    return quiet(_not_yet(token, found, answered, typed))


def _not_yet(token: str, found: Activation, answered: Answered, typed: str) -> Response:
    if answered.outcome == "dead":
        return _ended(found.own.application.agency)
    wrong = f"{found.question} tidak sesuai dengan data pendaftaran. Sisa {answered.left} kali."
    return _page(token, found, typed=typed, errors={CHALLENGE: wrong}, status=422)


def _welcome(found: Activation) -> str:
    """Where the link alone opens the account, the agency's own words say that it is open (PAS-10)."""
    workflow = found.own.declared.workflow
    means = workflow.states[workflow.actions[found.own.opening_action].to].means
    if found.question or not means:
        return str(gettext("Your account is active. Log in to begin."))
    return means


def _chosen_name(found: Activation, errors: dict[str, str]) -> str:
    """Another login name, where the first became somebody else's; what is wrong with it goes into `errors`."""
    if not found.needs_name:
        return ""
    try:
        return check_new_name(found, request.form.to_dict())
    except Invalid as refusal:
        errors |= refusal.errors
        return ""


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
        name_question=found.name_question if found.needs_name else None,
        name_typed=request.form.get(found.name_question.key, "") if found.needs_name else "",
        label=found.own.declared.workflow.actions[found.own.opening_action].label,
        action=url_for("account.activate_account", token=token),
        typed=typed,
        passwords=forms.password_questions(service) if found.needs_password else [],
        intro=forms.password_intro(service) if found.needs_password else "",
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        sum=sums.sum_view(error=errors.get(sums.ANSWER, ""), without=without) if found.question else None,
    )


def _ended(agency: str = "") -> Response:
    """Used, expired, wrong or tried too often: the next step is the same, so the page is too."""
    show_agency(agency or None)
    return answer("account/activation_ended.html", status=410, agency=agency)
