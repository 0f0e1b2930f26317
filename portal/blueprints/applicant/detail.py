"""Detail Pengajuan: where it stands in plain words, the next step, what was sent, the talk, the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, make_response, request

from portal import clock
from portal.auth import requires
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.beginning import changed_questions
from portal.blueprints.applicant.chat import chat_context
from portal.blueprints.applicant.document_table import thumbs_of
from portal.blueprints.applicant.own import (
    Editing,
    acting_on,
    address_of,
    editing_of,
    own_application,
)
from portal.engine.guards import LASTING, Facts, is_hopeless
from portal.engine.journey import StepView
from portal.engine.workflow import actions_open
from portal.queries.applications import OwnApplication
from portal.queries.chat import History, history_of
from portal.queries.judging import field_context
from portal.queries.papers import find_submission, list_issued
from portal.web.fragments import answer
from portal.web.i18n import gettext
from portal.web.questions import answer_rows


@dataclass(frozen=True)
class NextStep:
    """The one thing to do now."""

    label: str
    href: str


@bp.get("/permohonan/<code>")
@requires("citizen")
def show_application(code: str) -> Response:
    """Detail Pengajuan (SIN-50, SIN-72 to SIN-76)."""
    own = own_application(code)
    history = history_of(own.application.id)
    is_draft = own.state.edit == "all"
    return answer(
        "applicant/detail.html",
        **(_progress(own, history) | (_draft(own) if is_draft else _sent(own)) | _update(own)),
        chat=None if own.application.round == 0 else chat_context(own, history.messages),
        timeline=_timeline(own, history.events),
        edit=f"{address_of(own)}/langkah/{own.declared.service.steps[0].key}" if is_draft else None,
        zone=own.declared.agency.zone,
    )


@bp.get("/permohonan/<code>/kemajuan")
@requires("citizen")
def show_progress(code: str) -> Response:
    """The state and the next step alone; nothing at all while nothing has changed."""
    own = own_application(code)
    if request.args.get("versi", type=int) == own.application.version:
        return make_response("", 204)
    return answer("applicant/progress.html", "applicant/_progress.html", **_progress(own))


def _progress(own: OwnApplication, history: History | None = None) -> dict[str, Any]:
    """What the polled part needs: state, next step, notes, buttons, papers."""
    application, state = own.application, own.state
    editing = editing_of(own) if state.edit == "flagged" else None
    may_have_papers = application.round > 0 and editing is None
    papers = list(list_issued(application.id)) if may_have_papers else []
    return {
        "application": application,
        "service": own.declared.service,
        "state": state,
        "base": address_of(own),
        "next_step": _next_step(own, editing, papers),
        "notes": _notes(editing) if editing else [],
        "actions": _actions(own, history, papers),
        "papers": papers,
        # In a final state nothing comes by itself any more: the part has no trigger then.
        "polls": not state.final and application.round > 0,
        "due_on": application.due_on if state.clock == "running" else None,
        "reason": _reason(own, history),
    }


def _reason(own: OwnApplication, history: History | None) -> str | None:
    """Why it ended badly, in the officer's words; read by a poll only when it did."""
    if own.state.tone != "bad":
        return None
    events = (history or history_of(own.application.id)).events
    moves = [event for event in events if event.to_state == own.application.state]
    return moves[-1].reason if moves and _is_for_me(own, moves[-1]) else None


def _next_step(own: OwnApplication, editing: Editing | None, papers: list[Any]) -> NextStep | None:
    base = address_of(own)
    if editing is not None:
        open_notes = [note for note in editing.notes if note.answered_at is None]
        if open_notes:
            step = editing.step_of_note(open_notes[0].target)
            return NextStep(gettext("Mend what was noted"), f"{base}/langkah/{step}")
        review = own.declared.service.steps[-1].key
        return NextStep(gettext("Check and send again"), f"{base}/langkah/{review}")
    if own.is_editable:
        # Which step that is costs two reads; the page that needs it makes them.
        return None
    if papers:
        return NextStep(gettext("Open Dokumen TTE"), f"{base}/dokumen/{papers[0].verification_code}")
    return None


def _notes(editing: Editing) -> list[dict[str, Any]]:
    """The officer's notes, each with the way to its place and a form to explain."""
    base = address_of(editing.own)
    service = editing.own.declared.service
    labels = {f"field:{f.key}": f.label for f in service.fields}
    labels |= {f"document:{d.key}": d.label for d in service.documents}
    found = []
    for ordinal, note in enumerate(editing.notes, start=1):
        kind, _, key = note.target.partition(":")
        anchor = "" if note.target == "all" else f"#{'f' if kind == 'document' else 'w'}-{key}"
        found.append(
            {
                "ordinal": ordinal,
                "label": labels.get(note.target, gettext("The whole application")),
                "text": note.text,
                "is_answered": note.answered_at is not None,
                "href": f"{base}/langkah/{editing.step_of_note(note.target)}{anchor}",
                "explain": f"{base}/catatan/{ordinal}",
            }
        )
    return found


def _actions(own: OwnApplication, history: History | None, papers: list[Any]) -> list[dict[str, str]]:
    """Exactly what the workflow opens to the applicant now; what has a page of its own is not a button."""
    found = [
        (key, action)
        for key, action in actions_open(own.declared.workflow, own.application.state, acting_on(own))
        if not LASTING.intersection(action.needs) or not is_hopeless(action.needs, _lasting_facts(own, history, papers))
    ]
    return [
        {
            "label": action.label,
            "href": f"{address_of(own)}/tindakan/{key}",
            "kind": "secondary" if action.tone == "primary" else "quiet " + action.tone,
        }
        for key, action in found
        if not action.hidden
    ]


def _lasting_facts(own: OwnApplication, history: History | None, papers: list[Any]) -> Facts:
    """What decides about the buttons that are there for a while, or once, only."""
    events = (history or history_of(own.application.id)).events
    signed_at = papers[0].signed_at if papers else None
    period = timedelta(days=own.declared.service.report_within)
    return Facts(
        state=own.application.state,
        objections=sum(event.action == "object" for event in events),
        within_report_period=signed_at is not None and clock.now() < signed_at + period,
    )


def _draft(own: OwnApplication) -> dict[str, Any]:
    """What is typed so far, with the way to go on."""
    editing = editing_of(own)
    journey = editing.given.journey
    base = f"{address_of(own)}/langkah/"
    following = journey.next_step("") or own.declared.service.steps[0].key
    tasks = [
        {
            "label": view.title,
            "href": base + view.key if view.state != "blocked" else None,
            "tone": "good" if view.state == "done" else "neutral",
            "state": _progress_of(view),
            "note": None,
        }
        for view in journey.steps
    ]
    return {
        "next_step": NextStep(gettext("Go on filling in"), base + following),
        "tasks": tasks,
        "sections": _sections(own, journey.values, [s.key for s in journey.steps]),
        "documents": thumbs_of(editing.documents, labels=_labels(own)),
        "sent_at": None,
    }


def _progress_of(view: StepView) -> str:
    """How far one step is; the last one is never complete, it sends."""
    if view.kind == "review":
        return gettext("Not sent yet")
    return gettext("Complete") if view.state == "done" else gettext("Not complete yet")


def _sent(own: OwnApplication) -> dict[str, Any]:
    """What was sent last, as it was frozen."""
    submission = find_submission(own.application.id, own.application.round)
    content: dict[str, Any] = submission.content if submission else {}
    answers = {k: v for given in content.get("answers", {}).values() for k, v in given.items()}
    documents = [_Frozen(d) for d in content.get("documents", ())]
    return {
        "tasks": [],
        "sections": _sections(own, answers, [s.key for s in own.declared.service.steps]),
        "documents": thumbs_of(documents, labels=_labels(own)),
        "sent_at": submission.sent_at if submission else None,
    }


def _labels(own: OwnApplication) -> dict[str, str]:
    return {item.key: item.label for item in own.declared.service.documents}


class _Frozen:
    """A document as a submission keeps it, read like a row."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update({"file": "", "name": "", "thumbnail_size": 0, **values})


def _sections(own: OwnApplication, values: dict[str, str], steps: list[str]) -> list[dict[str, Any]]:
    found = []
    for key in steps:
        step = own.declared.service.step(key)
        fields = [f for f in getattr(step, "fields", ()) if values.get(f.key)]
        if fields and step is not None:
            rows = answer_rows(fields, values, masked=True, offices=field_context(own.declared.agency).offices)
            found.append({"title": step.title, "rows": rows})
    return found


def _update(own: OwnApplication) -> dict[str, Any]:
    """What a newer form of the service adds and removes, for a draft that was begun on an older one."""
    if not own.is_outdated or own.newest_declaration_id is None:
        return {"update": None}
    added, removed = changed_questions(own.declared.declaration_id, own.newest_declaration_id)
    return {"update": {"added": added, "removed": removed, "action": f"{address_of(own)}/lanjutkan"}}


def _timeline(own: OwnApplication, events: list[Any]) -> list[dict[str, Any]]:
    """What happened, newest first, in the words of the workflow; officers are not named here."""
    workflow = own.declared.workflow
    entries = []
    for event in reversed(events):
        words = {"start": gettext("Draft begun"), "download": gettext("Document downloaded")}
        if event.from_state != event.to_state and event.to_state:
            state = workflow.states.get(event.to_state)
            title = words.get(event.action) or (state.citizen if state else event.to_state)
        elif event.action in words:
            title, state = words[event.action], None
        else:
            continue
        entries.append(
            {
                "title": title,
                "at": event.at,
                "actor": _actor(event.actor_kind),
                "body": event.reason if _is_for_me(own, event) else None,
                "tone": state.tone if state else None,
            }
        )
    return entries


def _actor(kind: str) -> str:
    return {
        "applicant": gettext("You"),
        "officer": gettext("Officer"),
        "system": gettext("By itself"),
    }[kind]


def _is_for_me(own: OwnApplication, event: Any) -> bool:
    """A reason is the applicant's to read when they wrote it or were told of the decision."""
    action = own.declared.workflow.actions.get(event.action)
    tells = action is not None and any(effect.name == "notify" for effect in action.effects)
    return event.actor_kind == "applicant" or tells
