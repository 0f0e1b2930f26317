"""Registering: the form, mending it while it is a draft, and doing it again after a refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request, url_for

from portal.auth import requires, viewer
from portal.blueprints.account import bp, sums
from portal.blueprints.account.at_hand import find_registration_at_hand, hold_registration
from portal.blueprints.account.place import place_of_request
from portal.errors import NotFound
from portal.operations.contacts import send_phone_code, wait_for_code
from portal.operations.credentials import hash_password
from portal.operations.registrations import (
    Filled,
    begin_registration,
    mend_registration,
    send_registration,
)
from portal.operations.throttle import Wait, take
from portal.queries.facts import is_phone_proven
from portal.queries.registrations import (
    OwnRegistration,
    RegistrationForm,
    get_registration_form,
    list_registration_forms,
)
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other, wants_partial

# An address alone is loose: a village office registers many people in an afternoon.
REGISTRATIONS_PER_NETWORK = 60
WITHOUT_SUM_PER_NETWORK = 20
WINDOW = timedelta(hours=1)


@bp.get("/daftar")
@requires("everyone")
def choose_agency() -> Response:
    """With whom to register; the only one that takes registrations is not asked about."""
    found = list_registration_forms()
    if len(found) == 1:
        return see_other(url_for("account.show_registration", agency=found[0].agency.code))
    return answer("account/agencies.html", forms=found, endpoint="account.show_registration")


@bp.get("/daftar/<agency>")
@requires("everyone")
def show_registration(agency: str) -> Response:
    """The whole form, empty (SIN-13)."""
    form = get_registration_form(agency)
    show_agency(agency)
    own = find_registration_at_hand(agency) if viewer().is_logged_in else None
    if own is not None:
        return see_other(url_for("account.show_own_registration", code=own.code))
    return _page(form, forms.first_values(form.service, form.agency), own=None)


@bp.post("/daftar/<agency>")
@requires("everyone")
def register(agency: str) -> Response:
    """Begin a registration; the phone is proven next."""
    return _take(get_registration_form(agency), own=None)


@bp.get("/daftar/<agency>/perbaiki")
@requires("everyone")
def show_correction(agency: str) -> Response:
    """The form with what is known: of a draft, or of a refused registration (SIN-43)."""
    own = _mendable(agency)
    return _page(get_registration_form(agency), own.answers, own=own)


@bp.post("/daftar/<agency>/perbaiki")
@requires("everyone")
def correct_registration(agency: str) -> Response:
    """Take the corrected form over, and send it when the phone is still the proven one."""
    return _take(get_registration_form(agency), own=_mendable(agency))


def _mendable(agency: str) -> OwnRegistration:
    own = find_registration_at_hand(agency)
    if own is None or not (own.can("send") or own.can("resubmit")):
        raise NotFound("registration")
    return own


def _take(form: RegistrationForm, own: OwnRegistration | None) -> Response:
    show_agency(form.agency.code)
    raw = _posted(own)
    read = forms.read_form(form.service, form.agency, raw)
    if request.form.get("_refresh") or sums.asks_other_sum():
        return _again(form, read, own)
    own = own or _begun_before(form, read)
    if own and own.can("send") and read.values.items() <= own.answers.items():
        return see_other(url_for("account.show_phone_code", agency=form.agency.code))
    errors = dict(read.errors)
    if not request.form.get(forms.CONSENT):
        errors[forms.CONSENT] = "Baca pernyataan persetujuan, lalu beri tanda centang."
    wait = None if errors else _wait_for_turn()
    if not errors and wait is None and not sums.is_sum_right():
        errors[sums.ANSWER] = "Jawaban hitungan belum benar. Ini hitungan yang baru."
    if errors or wait:
        return _refuse(form, read, errors, own, wait)
    filled = Filled(
        steps=read.steps,
        password_hash=hash_password(forms.password_of(form.service, read)),
        consent_version=forms.declared_consent(form.service, form.agency).version,
    )
    with transaction():
        application = mend_registration(own, filled) if own else begin_registration(form, filled)
        code = application.code
    if not viewer().is_logged_in:
        hold_registration(code)
    return _go_on(form)


def _begun_before(form: RegistrationForm, read: forms.Read) -> OwnRegistration | None:
    """The draft of this visit for the same person: a second press mends it and begins no other."""
    own = None if viewer().is_logged_in else find_registration_at_hand(form.agency.code)
    login = form.rules.login
    is_same = own is not None and own.answers.get(login) == read.values.get(login)
    return own if own and is_same and own.can("send") and own.application.round == 0 else None


def _go_on(form: RegistrationForm) -> Response:
    """To the code; a number that was proven before needs none."""
    agency = form.agency.code
    own = find_registration_at_hand(agency)
    assert own is not None
    if _needs_code(own):
        if wait_for_code(own.application, own.phone) is None:
            with transaction():
                send_phone_code(own.application, own.phone)
        return see_other(url_for("account.show_phone_code", agency=agency))
    with transaction():
        send_registration(own.application)
    return see_other(url_for("account.show_receipt", agency=agency))


def _needs_code(own: OwnRegistration) -> bool:
    return bool(own.rules.phone) and not is_phone_proven(own.application, own.declared)


def _wait_for_turn() -> Wait | None:
    network = place_of_request().network
    if sums.goes_without_sum():
        return take(f"register-without-sum:{network}", WITHOUT_SUM_PER_NETWORK, WINDOW)
    return take(f"register:{network}", REGISTRATIONS_PER_NETWORK, WINDOW)


def _posted(own: OwnRegistration | None) -> dict[str, str]:
    """What was typed, except for what a retry may not change: that is the server's."""
    raw = request.form.to_dict()
    for key in _fixed(own):
        raw[key] = own.answers.get(key, "") if own else ""
    return raw


def _fixed(own: OwnRegistration | None) -> tuple[str, ...]:
    return own.rules.fixed_on_retry if own and own.application.round > 0 else ()


def _again(form: RegistrationForm, read: forms.Read, own: OwnRegistration | None) -> Response:
    """A button asked for more choices or another sum: the form as typed, no mistakes shown.

    With htmx only that part is answered, so that nothing else on the page is lost.
    """
    refreshed = request.form.get("_refresh", "")
    if wants_partial() and refreshed:
        place = forms.place_of(form.service, form.agency, read.values, refreshed)
        if place is None:
            raise NotFound("place")
        response = answer("account/_place.html", asked=place)
        response.headers["HX-Retarget"] = f"#place-{place.field.key}"
        return response
    if wants_partial():
        view = sums.sum_view(without=sums.goes_without_sum())
        response = answer("account/_sum.html", sum=view)
        response.headers["HX-Retarget"] = "#sum"
        return response
    return _page(form, read.values, own=own)


def _refuse(
    form: RegistrationForm,
    read: forms.Read,
    errors: dict[str, str],
    own: OwnRegistration | None,
    wait: Wait | None,
) -> Response:
    errors = forms.type_passwords_again(form.service, errors)
    return _page(
        form,
        read.values,
        own=own,
        errors=errors,
        warnings=read.warnings,
        wait=wait,
        status=429 if wait else 422,
    )


def _page(
    form: RegistrationForm,
    values: dict[str, str],
    *,
    own: OwnRegistration | None,
    errors: dict[str, str] | None = None,
    warnings: dict[str, str] | None = None,
    wait: Wait | None = None,
    status: int = 200,
) -> Response:
    show_agency(form.agency.code)
    errors = errors or {}
    context: dict[str, Any] = {
        "form": form,
        "is_retry": own is not None and own.application.round > 0,
        "action": request.path,
        "groups": forms.groups_of(form.service, form.agency, values, errors, warnings or {}, _fixed(own)),
        "consent": forms.declared_consent(form.service, form.agency),
        "is_ticked": bool(request.form.get(forms.CONSENT)),
        "errors": errors,
        "error_links": forms.error_links(errors, form.service),
        "sum": sums.sum_view(
            error=errors.get(sums.ANSWER, ""),
            without=request.method == "POST" and sums.goes_without_sum(),
        ),
        "wait": wait.seconds if wait else 0,
    }
    return answer("account/register.html", "account/_register_form.html", status=status, **context)
