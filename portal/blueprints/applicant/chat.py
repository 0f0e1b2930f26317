"""The talk with the officers about one application (SIN-75)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, request

from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import acting_on, address_of, own_application
from portal.errors import Invalid
from portal.operations.chat import write_message
from portal.operations.quotas import take_line
from portal.queries.applications import OwnApplication
from portal.queries.chat import last_message_seq, list_messages
from portal.transaction import transaction
from portal.web.fragments import answer, see_other, wants_partial
from portal.web.i18n import gettext


def chat_context(
    own: OwnApplication, messages: Sequence[Any], *, error: str | None = None, text: str = ""
) -> dict[str, Any]:
    """What the panel needs; `action` carries a key that makes pressing twice one message."""
    address = f"{address_of(own)}/obrolan"
    last = messages[-1].seq if messages else 0
    return {
        "messages": messages,
        "poll": f"{address}?sesudah={last}",
        "action": f"{address}?sekali={secrets.token_urlsafe(12)}",
        "error": error,
        "text": text,
        "zone": own.declared.agency.zone,
    }


@bp.get("/permohonan/<code>/obrolan")
@requires("citizen")
def show_chat(code: str) -> Response:
    """The talk; for a poll nothing at all while nobody wrote."""
    own = own_application(code)
    seen = request.args.get("sesudah", type=int)
    if seen is not None and last_message_seq(own.application.id) <= seen:
        return make_response("", 204)
    context = chat_context(own, list_messages(own.application.id))
    partial = "applicant/_talk.html" if seen is not None else "applicant/_chat.html"
    return _answer(own, partial, context)


@bp.post("/permohonan/<code>/obrolan")
@requires("citizen")
def say(code: str) -> Response:
    """Write a message; an empty or too long one, or one too many, comes back with its text."""
    own = own_application(code)
    text = request.form.get("text", "")
    if wait := take_line(viewer().account_id or 0):
        words = gettext(
            "Many messages just now. Wait %(seconds)s seconds, then press Send again.", seconds=wait.seconds
        )
        return _refused(own, text, words, 429)
    try:
        with transaction():
            write_message(
                own.application,
                acting_on(own),
                name=viewer().name,
                text=text,
                once_key=request.args.get("sekali", "")[:64],
            )
    except Invalid as invalid:
        return _refused(own, text, invalid.errors["text"], 422)
    if not wants_partial():
        return see_other(f"{address_of(own)}#chat")
    context = chat_context(own, list_messages(own.application.id))
    return _answer(own, "applicant/_chat.html", context)


def _refused(own: OwnApplication, text: str, error: str, status: int) -> Response:
    context = chat_context(own, list_messages(own.application.id), error=error, text=text)
    return _answer(own, "applicant/_chat.html", context, status=status)


def _answer(own: OwnApplication, partial: str, context: dict[str, Any], *, status: int = 200) -> Response:
    return answer(
        "applicant/chat.html",
        partial,
        status=status,
        application=own.application,
        service=own.declared.service,
        base=address_of(own),
        chat=context,
    )
