"""Proving the phone: the code, another code, another number, and the receipt behind it."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from portal.auth import requires, viewer
from portal.blueprints.account import bp
from portal.blueprints.account.at_hand import find_registration_at_hand
from portal.blueprints.account.onward import after_phone
from portal.engine.fields import field_type
from portal.errors import Invalid, NotFound
from portal.operations.contacts import (
    CodeTry,
    check_number,
    check_phone_code,
    send_phone_code,
    wait_for_code,
)
from portal.operations.mailboxes import wait_for_mail
from portal.operations.registrations import ask_new_link
from portal.queries.facts import is_phone_proven
from portal.queries.registrations import (
    OwnRegistration,
    find_pending_number,
    get_registration_form,
)
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


@bp.get("/daftar/<agency>/kode")
@requires("everyone")
def show_phone_code(agency: str) -> Response:
    """Asks for the six digits; who is lost begins at the form."""
    own = _at_hand(agency)
    if own is None:
        return see_other(url_for("account.show_registration", agency=agency))
    return _page(own)


@bp.post("/daftar/<agency>/kode")
@requires("everyone")
def prove_phone(agency: str) -> Response:
    """A right code proves the number and hands a draft to the officers; pressing twice is once."""
    own = _at_hand(agency)
    if own is None:
        return see_other(url_for("account.show_registration", agency=agency))
    with transaction():
        tried = check_phone_code(own.application, request.form.get("code", ""))
    if tried.outcome == "right" or _was_just_proven(own):
        return _done(agency, own)
    return _page(own, tried, status=422)


@bp.post("/daftar/<agency>/kode/baru")
@requires("everyone")
def send_another_code(agency: str) -> Response:
    """Another code to the same number, with a pause between."""
    own = _needed(agency)
    return _send(own, _number_of(own))


@bp.get("/daftar/<agency>/nomor-hp")
@requires("everyone")
def show_phone_number(agency: str) -> Response:
    """Asks for another number; the old one stays until the code came back (SIN-27)."""
    return _number_page(_needed(agency))


@bp.post("/daftar/<agency>/nomor-hp")
@requires("everyone")
def correct_phone_number(agency: str) -> Response:
    """Send a code to another number."""
    own = _needed(agency)
    try:
        number = check_number(own, request.form.to_dict())
    except Invalid as refusal:
        typed = request.form.get(own.rules.phone, "")
        return _number_page(own, typed, refusal.errors[own.rules.phone], status=422)
    return _send(own, number)


@bp.get("/daftar/<agency>/berhasil")
@requires("everyone")
def show_receipt(agency: str) -> Response:
    """Pendaftaran berhasil: the code, the state and what happens next (SIN-18)."""
    own = _at_hand(agency)
    if own is None or own.application.round == 0:
        return see_other(url_for("account.show_registration", agency=agency))
    return _receipt(own)


@bp.post("/daftar/<agency>/berhasil")
@requires("everyone")
def send_another_link(agency: str) -> Response:
    """Another link to the same mailbox, where a link is all that is waited for; the earlier one ends (SIN-22)."""
    own = _at_hand(agency)
    if own is None or not own.link_action:
        raise NotFound("registration")
    wait = wait_for_mail(own.application, own.answers.get(own.rules.email, ""))
    if wait is not None:
        return _receipt(own, wait=wait.seconds, status=429)
    with transaction():
        ask_new_link(own)
    flash(gettext("A new e-mail is on its way."), "info")
    return see_other(url_for("account.show_receipt", agency=agency))


def _receipt(own: OwnRegistration, *, wait: int = 0, status: int = 200) -> Response:
    return answer(
        "account/receipt.html",
        status=status,
        own=own,
        application=own.application,
        waits_for_mail=bool(own.link_action) and own.rules.proof == "email",
        email=own.masked(own.rules.email),
        wait=wait,
    )


def _at_hand(agency: str) -> OwnRegistration | None:
    get_registration_form(agency)
    show_agency(agency)
    return find_registration_at_hand(agency)


def _needed(agency: str) -> OwnRegistration:
    own = _at_hand(agency)
    if own is None or not _may_prove(own):
        raise NotFound("registration")
    return own


def _may_prove(own: OwnRegistration) -> bool:
    """A refused registration is mended as a whole; an active one changes its number elsewhere."""
    return not own.state.final


def _number_of(own: OwnRegistration) -> str:
    return find_pending_number(own.application.id) or own.phone


def _was_just_proven(own: OwnRegistration) -> bool:
    """The second press of a button whose first one was right."""
    is_proven = is_phone_proven(own.application, own.declared)
    return is_proven and _number_of(own) == own.phone


def _send(own: OwnRegistration, number: str) -> Response:
    wait = wait_for_code(own.application, number)
    if wait is not None:
        return _page(own, wait=wait.seconds, status=429)
    with transaction():
        send_phone_code(own.application, number)
    flash(gettext("A new code is on its way."), "info")
    return see_other(url_for("account.show_phone_code", agency=own.application.agency))


def _done(agency: str, own: OwnRegistration) -> Response:
    fresh = find_registration_at_hand(agency)
    onward = after_phone(fresh) if fresh and fresh.can("send") else None
    if viewer().is_logged_in and onward is None:
        flash(gettext("Your phone number is proven."), "good")
        return see_other(url_for("account.show_own_registration", code=own.code))
    return onward or see_other(url_for("account.show_receipt", agency=agency))


def _page(own: OwnRegistration, tried: CodeTry | None = None, *, wait: int = 0, status: int = 200) -> Response:
    form = get_registration_form(own.application.agency)
    return answer(
        "account/phone_code.html",
        "account/_phone_code.html",
        status=status,
        own=own,
        agency=own.application.agency,
        number=_masked(own, _number_of(own)),
        tried=tried,
        wait=wait,
        is_draft=own.can("send"),
        warnings=forms.warnings_of(form.service, form.agency, own.answers),
    )


def _number_page(own: OwnRegistration, typed: str = "", error: str = "", *, status: int = 200) -> Response:
    return answer(
        "account/phone_number.html",
        "account/_phone_number.html",
        status=status,
        own=own,
        agency=own.application.agency,
        question=own.declared.service.field(own.rules.phone),
        number=_masked(own, own.phone),
        typed=typed,
        error=error,
    )


def _masked(own: OwnRegistration, number: str) -> str:
    question = own.declared.service.field(own.rules.phone)
    assert question is not None
    return field_type(question.type).display(question, number, masked=True)
