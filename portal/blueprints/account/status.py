"""Cek Status Pendaftaran: who has the code and the number sees the state, without logging in (SIN-27)."""

from __future__ import annotations

from flask import Response, request

from portal.auth import requires
from portal.blueprints.account import bp
from portal.blueprints.account.place import place_of_request
from portal.engine.fields import field_type
from portal.operations.registrations import login_digest
from portal.operations.throttle import allow, note_success
from portal.queries.registrations import (
    OwnRegistration,
    RegistrationForm,
    find_by_receipt,
    find_reason,
    get_registration_form,
    status_question,
)
from portal.web.context import show_agency
from portal.web.fragments import answer

NUMBER, CODE = "login_name", "code"
FREE_LOOKS = 5


@bp.get("/daftar/<agency>/status")
@requires("everyone")
def ask_status(agency: str) -> Response:
    """Asks for the number and the code of the receipt."""
    return _page(get_registration_form(agency))


@bp.post("/daftar/<agency>/status")
@requires("everyone")
def show_status(agency: str) -> Response:
    """The state; one answer for every pair that fits nothing."""
    form = get_registration_form(agency)
    question = status_question(form)
    number = field_type(question.type).parse(question, {question.key: request.form.get(NUMBER, "")})
    code = request.form.get(CODE, "").strip().upper().replace(" ", "")
    identifier = login_digest(question, f"status|{number}")
    place = place_of_request()
    if wait := allow(identifier, "", place.network, free=FREE_LOOKS):
        return _page(form, number, code, wait=wait.seconds, status=429)
    own = find_by_receipt(agency, code, question, number)
    if own is None:
        return _page(form, number, code, is_unknown=True, status=422)
    note_success(identifier, "", place.network)
    return _page(form, number, code, own=own)


def _page(
    form: RegistrationForm,
    number: str = "",
    code: str = "",
    *,
    own: OwnRegistration | None = None,
    is_unknown: bool = False,
    wait: int = 0,
    status: int = 200,
) -> Response:
    show_agency(form.agency.code)
    return answer(
        "account/status.html",
        "account/_status.html",
        status=status,
        agency=form.agency.code,
        question=status_question(form),
        by="whatsapp" if form.rules.phone else "email",
        number=number,
        code=code,
        own=own,
        reason=find_reason(own.application) if own else "",
        is_unknown=is_unknown,
        wait=wait,
    )
