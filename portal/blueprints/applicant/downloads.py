"""Dokumen TTE: a page that asks, a POST that takes the one download, and bytes that can be resumed."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import acting_on, address_of, own_application
from portal.errors import Conflict
from portal.operations.downloads import ask_to_reopen, take_grant
from portal.queries.applications import OwnApplication
from portal.queries.papers import find_grant_of_paper, find_live_grant, get_issued
from portal.transaction import transaction
from portal.web.files import send_stored
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

ADDRESS = "/permohonan/<code>/dokumen/<paper>"


@bp.get(ADDRESS)
@requires("citizen")
def show_paper(code: str, paper: str) -> Response:
    """What the download means, before it is taken; looking takes nothing (SIN-76, SIN-80)."""
    own = own_application(code)
    return _page(own, get_issued(own.application.id, paper))


@bp.post(ADDRESS)
@requires("citizen")
def take_paper(code: str, paper: str) -> Response:
    """Take the one download; two presses at once are one (SIN-77)."""
    own = own_application(code)
    document = get_issued(own.application.id, paper)
    try:
        with transaction():
            take_grant(own.application, own.declared, document, acting_on(own))
    except Conflict:
        return _page(own, get_issued(own.application.id, paper), status=409)
    return see_other(f"{address_of(own)}/dokumen/{paper}/berkas")


@bp.get(f"{ADDRESS}/berkas")
@requires("citizen")
def send_paper(code: str, paper: str) -> Response:
    """The bytes under a taken grant, whole or from where they broke off, for half an hour."""
    own = own_application(code)
    found = find_grant_of_paper(own.application.id, paper, viewer().account_id)
    if found is None:
        return see_other(f"{address_of(own)}/dokumen/{paper}")
    file, document = found
    name = f"{document.title} {document.number}.pdf".replace("/", "-")
    return send_stored(file, as_attachment=True, name=name)


@bp.post(f"{ADDRESS}/minta")
@requires("citizen")
def ask_for_paper(code: str, paper: str) -> Response:
    """Ask the verifier to open the download again (SIN-79)."""
    own = own_application(code)
    document = get_issued(own.application.id, paper)
    text = gettext(
        "Please open Dokumen TTE again: %(title)s, number %(number)s.",
        title=document.title,
        number=document.number,
    )
    with transaction():
        ask_to_reopen(own.application, document, acting_on(own), name=viewer().name, text=text)
    flash(gettext("Your request was sent. The answer comes in the chat."), "good")
    return see_other(f"{address_of(own)}#chat")


def _page(own: OwnApplication, document: Any, *, status: int = 200) -> Response:
    now = clock.now()
    grant = find_live_grant(document.id, viewer().account_id)
    is_expired = document.download_until <= now
    is_taken = document.grants_taken >= document.grants_allowed
    return answer(
        "applicant/paper.html",
        status=status,
        application=own.application,
        service=own.declared.service,
        base=address_of(own),
        document=document,
        address=request.path,
        grant=grant,
        is_expired=is_expired,
        is_taken=is_taken,
        can_take=grant is None and not is_expired and not is_taken,
        zone=own.declared.agency.zone,
    )
