"""The talk with the applicant, beside the case (SIN-75)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, request

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import actor_on, case_path, load_case
from portal.errors import Invalid, NotAllowed
from portal.operations.chat import write_message
from portal.operations.outbox import notify_applicant
from portal.operations.quotas import take_line
from portal.queries.catalogue import catalogue, declared_for
from portal.queries.chat import list_messages
from portal.queries.officers import is_own_case
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other, wants_partial
from portal.web.i18n import gettext

NEWS = "pesan-baru"  # the message that tells the applicant; an agency without it tells nobody


@bp.get("/permohonan/<code>/percakapan")
@requires("officer")
def show_chat(code: str) -> Response:
    """The talk; the poll of the panel asks the same address."""
    return _answer(load_case(code))


@bp.post("/permohonan/<code>/percakapan")
@requires("officer")
def say(code: str) -> Response:
    """Write a message; the applicant is told at most once an hour."""
    application = load_case(code)
    text = request.form.get("text", "")
    if wait := take_line(viewer().account_id or 0):
        words = gettext(
            "Many messages just now. Wait %(seconds)s seconds, then press Send again.", seconds=wait.seconds
        )
        return _answer(application, status=429, error=words, text=text)
    try:
        with transaction():
            _write(application, text)
    except Invalid as invalid:
        return _answer(application, status=422, error=invalid.errors["text"], text=text)
    if wants_partial():
        return _answer(application)
    return see_other(f"{case_path(code)}/percakapan#talk")


def _write(application: Any, text: str) -> None:
    who, actor = viewer(), actor_on(application)
    if is_own_case(application.id, who.account_id):
        raise NotAllowed("Ini pengajuan Anda atau keluarga Anda. Mintalah petugas lain.")
    once_key = request.form.get("once", "")[:64]
    write_message(application, actor, name=who.name, text=text, once_key=once_key)
    if NEWS in catalogue().messages[application.agency]:
        hour = clock.now().strftime("%Y%m%d%H")
        notify_applicant(application, NEWS, dedupe=f"chat:{application.id}:{hour}")


def _answer(application: Any, *, status: int = 200, error: str = "", text: str = "") -> Response:
    declared = declared_for(application)
    show_agency(application.agency)
    is_poll = request.headers.get("HX-Target", "").endswith("talk")
    return answer(
        "officer/chat.html",
        "officer/_talk.html" if is_poll else "officer/_chat.html",
        status=status,
        case=application,
        state=declared.workflow.states[application.state],
        service=declared.service,
        zone=declared.agency.zone,
        has_talk=True,
        path_of_case=case_path(application.code),
        list_path="/petugas/permohonan",
        lines=list_messages(application.id),
        once=secrets.token_urlsafe(12),
        error=error,
        text=text,
    )
