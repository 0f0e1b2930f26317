"""Pemulihan akun: one officer sees the person and the KTP-el, another one confirms (two people, 24 hours)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.engine.fields import field_type
from portal.errors import Invalid, NotFound
from portal.operations.readings import log_reading
from portal.operations.recovery import (
    DOCUMENTS,
    LONGEST_NOTE,
    Seen,
    confirm_recovery,
    drop_recovery,
    record_recovery,
)
from portal.queries.catalogue import get_agency
from portal.queries.recoveries import (
    Person,
    get_person,
    get_recovery,
    list_objections,
    list_persons,
    list_recoveries,
    recovering,
)
from portal.queries.registrations import get_registration_form, journey_through
from portal.queries.resets import known_answers
from portal.transaction import transaction
from portal.web.contacts import masked, read_contact
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

SHOWN = frozenset({"name", "date", "text", "region"})  # types that are compared with the document; numbers stay masked


@bp.get("/pemulihan")
@requires("officer")
def show_recoveries() -> Response:
    """The search by NIK, what waits for a second officer, and what owners undid."""
    return _list_page()


@bp.post("/pemulihan")
@requires("officer")
def find_person() -> Response:
    """Look somebody up by NIK, which is a reading like every other search by number."""
    duties = _duties()
    nik, problem = read_contact("nik", request.form.get("nik", ""))
    if problem:
        return _list_page(problem)
    found = list_persons(duties, nik)
    with transaction():
        log_reading(officer_id(viewer()), found[0].application.id if found else None, "number", "pemulihan")
    if not found:
        return _list_page(gettext("Nobody with an active account has this NIK here."))
    return see_other(url_for("officer.show_person", code=found[0].application.code))


@bp.get("/pemulihan/orang/<code>")
@requires("officer")
def show_person(code: str) -> Response:
    """What is known of the person, to be compared with the document; and the form of the first officer."""
    person = get_person(_duties(), code)
    _read(person)
    return _person_page(person)


@bp.post("/pemulihan/orang/<code>")
@requires("officer")
def record_person(code: str) -> Response:
    """The first officer writes down what was seen; nothing changes yet."""
    duties, raw = _duties(), request.form.to_dict()
    person = get_person(duties, code)
    seen, errors = _seen(raw)
    if not errors:
        try:
            with transaction():
                record_recovery(get_person(duties, code), seen, officer_id(viewer()))
        except Invalid as refusal:
            errors = dict(refusal.errors)
    if errors:
        return _person_page(person, raw, errors)
    flash(gettext("Written down. Another officer has to confirm it now."), "good")
    return see_other(url_for("officer.show_recoveries"))


@bp.get("/pemulihan/<code>")
@requires("officer")
def show_recovery(code: str) -> Response:
    """What the first officer saw, for the one who confirms."""
    recovery, person = get_recovery(_duties(), code)
    _read(person)
    show_agency(recovery.agency)
    return answer(
        "officer/recovery.html",
        recovery=recovery,
        person=_words(person),
        document=_documents()[recovery.document],
        phone=masked("phone", recovery.phone),
        email=masked("email", recovery.email),
        may_confirm=recovery.state == "recorded" and recovery.recorded_by != officer_id(viewer()),
        is_recorder=recovery.recorded_by == officer_id(viewer()),
        is_open=recovery.state in ("recorded", "confirmed"),
        zone=get_agency(recovery.agency).zone,
    )


@bp.post("/pemulihan/<code>/konfirmasi")
@requires("officer")
def confirm(code: str) -> Response:
    """The second officer agrees; from now on the old contacts have 24 hours."""
    with transaction():
        recovery, person = get_recovery(_duties(), code)
        confirm_recovery(recovery, person, officer_id(viewer()))
    flash(gettext("Confirmed. The old contacts are told; the link goes out in 24 hours."), "good")
    return see_other(url_for("officer.show_recoveries"))


@bp.post("/pemulihan/<code>/batal")
@requires("officer")
def drop(code: str) -> Response:
    """An officer takes it back."""
    with transaction():
        recovery, _ = get_recovery(_duties(), code)
        drop_recovery(recovery, officer_id(viewer()))
    flash(gettext("The recovery was taken back."), "info")
    return see_other(url_for("officer.show_recoveries"))


def _duties() -> Any:
    """The duties of who is asking; a page for those who recover, and NotFound for all others."""
    duties = viewer().duties
    if not recovering(duties):
        raise NotFound("recovery")
    return duties


def _read(person: Person) -> None:
    with transaction():
        log_reading(officer_id(viewer()), person.application.id, "detail", "pemulihan")


def _seen(raw: dict[str, str]) -> tuple[Seen, dict[str, str]]:
    errors: dict[str, str] = {}
    contacts = {"phone": "", "email": ""}
    for kind in contacts:
        if raw.get(kind, "").strip():
            contacts[kind], problem = read_contact(kind, raw[kind])
            if problem:
                errors[kind] = problem
    if raw.get("document") not in DOCUMENTS:
        errors["document"] = gettext("Choose the document that you saw.")
    if not raw.get("phone", "").strip() and not raw.get("email", "").strip():
        errors["phone"] = gettext("Fill in the new phone number or the new e-mail.")
    if len(raw.get("note", "").strip()) < 5:
        errors["note"] = gettext("Write in a few words how you recognised the person.")
    if not raw.get("seen"):
        errors["seen"] = gettext("Tick only when the person stands before you with the original document.")
    return Seen(raw.get("document", ""), raw.get("note", "").strip(), contacts["phone"], contacts["email"]), errors


def _words(person: Person) -> list[dict[str, str]]:
    """What the officer compares with the document, by label."""
    form = get_registration_form(person.application.agency)
    known = known_answers(form, person.account)
    context = journey_through(form.service, form.agency).context
    return [
        {
            "label": question.label,
            "value": field_type(question.type).display(
                question, known[question.key], question.type not in SHOWN, context
            ),
        }
        for question in form.service.fields
        if known.get(question.key) and question.key in form.rules.profile.values()
    ]


def _documents() -> dict[str, str]:
    return {
        "ktp-el": gettext("KTP-el, the original"),
        "surat-keterangan": gettext("Letter that stands for the KTP-el (Suket)"),
        "paspor": gettext("Passport"),
    }


def _list_page(problem: str = "") -> Response:
    duties = _duties()
    agencies = list(recovering(duties))
    show_agency(agencies[0])
    states = {
        "recorded": ("waiting", gettext("Waits for a second officer")),
        "confirmed": ("waiting", gettext("Waits 24 hours for an objection")),
        "done": ("good", gettext("Link sent")),
        "stopped": ("bad", gettext("Stopped by the owner")),
        "dropped": ("neutral", gettext("Taken back")),
    }
    kinds = {"password": gettext("Password"), "phone": gettext("Phone number"), "email": gettext("E-mail")}
    return answer(
        "officer/recoveries.html",
        status=422 if problem else 200,
        problem=problem,
        rows=[(row, states[row.state]) for row in list_recoveries(duties)],
        objections=[(row, kinds[row.kind]) for row in list_objections(duties)],
        zone=get_agency(agencies[0]).zone,
    )


def _person_page(person: Person, raw: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> Response:
    show_agency(person.application.agency)
    errors = errors or {}
    return answer(
        "officer/recovery_person.html",
        status=422 if errors else 200,
        person=_words(person),
        name=person.account.name,
        action=url_for("officer.record_person", code=person.application.code),
        documents=list(_documents().items()),
        longest_note=LONGEST_NOTE,
        raw=raw or {},
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
    )
