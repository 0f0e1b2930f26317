"""Explaining a revision note instead of changing what it is about."""

from __future__ import annotations

from flask import Response, flash, request

from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import acting_on, address_of, editing_of, own_application
from portal.errors import Invalid, NotFound
from portal.operations.notes_answering import explain_note
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


@bp.get("/permohonan/<code>/catatan/<int:ordinal>")
@requires("citizen")
def explain_page(code: str, ordinal: int) -> Response:
    """One note, and a box to explain."""
    return _page(code, ordinal)


@bp.post("/permohonan/<code>/catatan/<int:ordinal>")
@requires("citizen")
def explain(code: str, ordinal: int) -> Response:
    """Send the explanation into the talk; the note counts as answered."""
    own = own_application(code)
    if own.state.edit != "flagged":
        return see_other(address_of(own))
    try:
        with transaction():
            explain_note(
                own.application,
                ordinal,
                acting_on(own),
                name=viewer().name,
                text=request.form.get("text", ""),
                once_key=f"note:{own.application.round}:{ordinal}",
            )
    except Invalid as invalid:
        return _page(code, ordinal, error=invalid.errors["text"])
    flash(gettext("Your explanation was sent."), "good")
    return see_other(address_of(own))


def _page(code: str, ordinal: int, error: str | None = None) -> Response:
    own = own_application(code)
    editing = editing_of(own)
    if not 1 <= ordinal <= len(editing.notes):
        raise NotFound("note")
    return answer(
        "applicant/explain.html",
        status=422 if error else 200,
        application=own.application,
        base=address_of(own),
        note=editing.notes[ordinal - 1].text,
        action=f"{address_of(own)}/catatan/{ordinal}",
        error=error,
        text=request.form.get("text", ""),
    )
