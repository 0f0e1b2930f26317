"""One case: data beside documents, rounds and notes, likenesses, and the acts that are open."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.behalf import behalf_of
from portal.blueprints.officer.desk import actor_on, case_path, load_case, officer_id
from portal.blueprints.officer.notes import note_box
from portal.blueprints.officer.sections import compare_cases, read_documents, read_sections
from portal.engine.workflow import Actor, actions_open
from portal.operations.readings import log_reading
from portal.queries import events as event_queries
from portal.queries.cases import Case, list_lookalikes, list_papers, list_sent_files, read_case
from portal.queries.catalogue import Declared, declared_for
from portal.queries.declared_lists import list_own_lists
from portal.queries.groups import raising
from portal.queries.messages import list_deliveries
from portal.queries.notes import list_notes
from portal.queries.readings import list_readings
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.filters import short_moment
from portal.web.fragments import answer
from portal.web.i18n import gettext

SHOW_NUMBERS = "tampil"
TONES = ("primary", "secondary", "danger")
EMPTY: dict[str, Any] = {"answers": {}, "documents": []}


@bp.get("/permohonan/<code>")
@requires("officer")
def show_case(code: str) -> Response:
    """Data and documents side by side, from the last submission; opening it is logged (SIN-84)."""
    who = viewer()
    case = read_case(code, who.duties, officer_id(who))
    application, declared = case.application, declared_for(case.application)
    actor = actor_on(application)
    asks = request.args.get("nomor") == SHOW_NUMBERS
    is_masked = not asks and not _is_at_work(case, declared, actor)
    files = list_sent_files(application.id)
    page = {
        **_head(case, declared, actor),
        **_content(case, declared, files, is_masked=is_masked),
        "note": note_box(application, declared, actor, list_notes(application.id)),
        "lookalikes": _lookalikes(case, declared),
        "behalf": behalf_of(application, actor, declared.agency.zone),
        "raise_path": _raise_path(application),
    }
    show_agency(application.agency)
    application_id = application.id
    # Last, because a transaction forgets what was read before it.
    with transaction():
        log_reading(officer_id(who), application_id, "number" if asks else "detail")
    return answer("officer/case.html", **page)


@bp.get("/permohonan/<code>/riwayat")
@requires("officer")
def show_history(code: str) -> Response:
    """All that happened, the messages that went out, the papers; who supervises sees who read it."""
    application = load_case(code)
    declared = declared_for(application)
    actor = actor_on(application)
    supervises = any(declared.agency.roles[role].supervises for role in actor.roles if role in declared.agency.roles)
    show_agency(application.agency)
    return answer(
        "officer/history.html",
        **_heading(application, declared),
        events=_events(application, declared),
        messages=list_deliveries(application.id),
        papers=list_papers(application.id),
        readings=list_readings(application.id) if supervises else None,
    )


def _heading(application: Any, declared: Declared) -> dict[str, Any]:
    state = declared.workflow.states[application.state]
    path = case_path(application.code)
    return {
        "case": {"code": application.code, "subject_name": application.subject_name},
        "state": state,
        "zone": declared.agency.zone,
        "service": declared.service,
        "has_talk": declared.service.kind != "registration",
        "path_of_case": path,
        "list_path": _list_path(application),
    }


def _list_path(application: Any) -> str:
    """The list in which the case stands: one that the agency declares, or that of its kind."""
    for own in list_own_lists(viewer().duties):
        same = (own.agency.code, own.declared.service) == (application.agency, application.service)
        if same and application.state in own.declared.states:
            return own.path
    return "/petugas/" + ("pendaftaran" if application.kind == "registration" else "permohonan")


def _raise_path(application: Any) -> str:
    """Where an admin raises this applicant into a group; "" for whom nobody enrolled, and for who raises nobody."""
    may = application.kind == "registration" and application.agency in raising(viewer().duties)
    return f"/petugas/grup/angkat/{application.code}" if may else ""


def _head(case: Case, declared: Declared, actor: Actor) -> dict[str, Any]:
    return _heading(case.application, declared) | {
        "holder": case.holder,
        "holds": case.application.claimed_by == actor.account_id,
        "is_own": case.is_own,
        "acts": [] if case.is_own else open_acts(case.application, declared, actor),
        "version": case.application.version,
    }


def open_acts(application: Any, declared: Declared, actor: Actor) -> list[dict[str, Any]]:
    """The buttons of this officer now: what the workflow opens, has no page of its own, and is held."""
    found = [
        {
            "key": key,
            "label": action.label,
            "tone": action.tone,
            "path": f"{case_path(application.code)}/tindakan/{key}",
            "is_direct": not (action.confirm or action.asks_reason),
        }
        for key, action in actions_open(declared.workflow, application.state, actor)
        if not action.hidden and ("claimed" not in action.needs or application.claimed_by == actor.account_id)
    ]
    # A stored declaration keeps no order, so the buttons go by weight: what is expected comes first.
    return sorted(found, key=lambda act: TONES.index(act["tone"]))


def _is_at_work(case: Case, declared: Declared, actor: Actor) -> bool:
    """Whether the case waits for this officer, who then needs the numbers to compare them."""
    waits = declared.workflow.states[case.application.state].waits
    return not case.is_own and (waits in actor.roles or case.application.claimed_by == actor.account_id)


def _content(case: Case, declared: Declared, files: Any, *, is_masked: bool) -> dict[str, Any]:
    newest = case.submissions[0].content if case.submissions else EMPTY
    before = case.submissions[1].content if len(case.submissions) > 1 else None
    mode = case.application.mode
    documents = read_documents(declared, newest, files, before)
    return {
        "is_masked": is_masked,
        "sections": read_sections(declared, mode, newest, before, is_masked=is_masked),
        "documents": documents,
        "shown": find_shown(documents, request.args.get("berkas", "")),
        "rounds": [
            {"round": sent.round, "at": short_moment(sent.sent_at, declared.agency.zone)} for sent in case.submissions
        ],
        "due_on": case.submissions[0].due_on if case.submissions else None,
    }


def find_shown(documents: list[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    """The file in the viewer with its neighbours; the first one when none is asked for."""
    files = [file for document in documents for file in document["files"]]
    if not files:
        return None
    place = next((n for n, file in enumerate(files) if file["code"] == wanted), 0)
    return {
        "file": files[place],
        "place": place + 1,
        "total": len(files),
        "previous": files[place - 1]["code"] if place > 0 else None,
        "next": files[place + 1]["code"] if place + 1 < len(files) else None,
    }


def _lookalikes(case: Case, declared: Declared) -> dict[str, Any]:
    """Other cases about the same person; registrations with what they say, side by side."""
    rows = list_lookalikes(case.application)
    found = [
        {
            "code": row.code,
            "href": case_path(row.code),
            "name": row.subject_name,
            "state": _label(declared, row),
            "sent": short_moment(row.sent_at, declared.agency.zone),
        }
        for row in rows
    ]
    same = [row for row in rows if row.service == case.application.service and row.content]
    table: list[dict[str, Any]] = []
    if case.application.kind == "registration" and same and case.submissions:
        contents = [case.submissions[0].content, *(row.content for row in same)]
        table = compare_cases(declared, case.application.mode, contents)
    return {"found": found, "table": table, "codes": [case.application.code, *(r.code for r in same)]}


def _label(declared: Declared, row: Any) -> str:
    state = declared.workflow.states.get(row.state)
    return state.staff if state and row.service == declared.service.code else ""


def _events(application: Any, declared: Declared) -> list[dict[str, Any]]:
    """The timeline, newest first; a chat message is told by its own page."""
    workflow = declared.workflow
    told = []
    for row in event_queries.list_events(application.id):
        if row.action == "chat":
            continue
        action = workflow.actions.get(row.action)
        state = workflow.states.get(row.to_state)
        told.append(
            {
                "title": action.label if action else (state.staff if state else gettext("event " + row.action)),
                "at": row.at,
                "actor": row.actor_name,
                "body": row.said,
                "tone": state.tone if state and row.from_state != row.to_state else None,
            }
        )
    return told[::-1]
