"""Revision notes at the desk: written one by one, kept at once, sent when the case is returned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from portal.auth import requires
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import actor_on, case_path, load_case
from portal.blueprints.officer.sections import name_targets
from portal.engine.workflow import Actor, actions_open
from portal.errors import Invalid, NotFound
from portal.operations.notes import WHOLE, draft_note, remove_note
from portal.queries.catalogue import Declared, declared_for
from portal.queries.notes import list_notes
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other, wants_partial
from portal.web.i18n import gettext

STAMP = "%Y%m%dT%H%M%S%f"


@bp.get("/permohonan/<code>/catatan")
@requires("officer")
def show_notes(code: str) -> Response:
    """The notes with the box to write one, about what the address names."""
    return _answer(load_case(code))


@bp.post("/permohonan/<code>/catatan")
@requires("officer")
def write_note(code: str) -> Response:
    """Keep a note; a ready-made reason and own words may be joined."""
    application = load_case(code)
    declared = declared_for(application)
    ready = declared.agency.reasons.get(request.form.get("ready", ""), "")
    text = "\n".join(part for part in (ready, request.form.get("text", "").strip()) if part)
    target = request.form.get("about", WHOLE)
    try:
        with transaction():
            draft_note(application, actor_on(application), target, text, targets=name_targets(declared))
    except Invalid as invalid:
        return _answer(application, status=422, error=invalid.errors["text"], text=text)
    return _done(application)


@bp.post("/permohonan/<code>/catatan/<stamp>/hapus")
@requires("officer")
def drop_note(code: str, stamp: str) -> Response:
    """Throw a drafted note away."""
    application = load_case(code)
    try:
        written_at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise NotFound("note") from error
    with transaction():
        remove_note(application, actor_on(application), written_at)
    return _done(application)


def note_box(
    application: Any, declared: Declared, actor: Actor, rows: Any, *, error: str = "", text: str = ""
) -> dict[str, Any]:
    """The notes by round and whether this officer may write one now."""
    labels = {WHOLE: gettext("The whole application")} | name_targets(declared)
    takes_notes = any(
        "notes" in action.needs for _, action in actions_open(declared.workflow, application.state, actor)
    )
    about = request.args.get("catat", "") or request.form.get("about", "")
    return {
        "path": f"{case_path(application.code)}/catatan",
        "is_used": any("notes" in action.needs for action in declared.workflow.actions.values()),
        "may_write": takes_notes and application.claimed_by == actor.account_id,
        "drafts": [_note(row, labels) for row in rows if row.returned_at is None],
        "returned": [_note(row, labels) for row in rows if row.returned_at is not None],
        "targets": list(labels.items()),
        "about": about if about in labels else WHOLE,
        "ready": list(declared.agency.reasons.items()),
        "error": error,
        "text": text,
        "zone": declared.agency.zone,
    }


def _note(row: Any, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "label": labels.get(row.target, row.target),
        "target": row.target,
        "text": row.text,
        "author": row.author,
        "round": row.round,
        "at": row.written_at,
        "is_answered": row.answered_at is not None,
        "stamp": row.written_at.astimezone(UTC).strftime(STAMP),
    }


def _done(application: Any) -> Response:
    if wants_partial():
        return _answer(application)
    return see_other(f"{case_path(application.code)}#notes")


def _answer(application: Any, *, status: int = 200, error: str = "", text: str = "") -> Response:
    declared = declared_for(application)
    show_agency(application.agency)
    note = note_box(
        application,
        declared,
        actor_on(application),
        list_notes(application.id),
        error=error,
        text=text,
    )
    return answer("officer/notes.html", "officer/_notes.html", status=status, note=note, case=application)
