"""Any declared act of an officer on a case: asked for on a page of its own, done by POST."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.cases import open_acts
from portal.blueprints.officer.desk import actor_on, case_path, load_case
from portal.blueprints.officer.notes import note_box
from portal.engine.declare import Action
from portal.errors import Conflict, Invalid, NotFound
from portal.operations.review import LONGEST_REASON, act_on_case
from portal.queries.catalogue import Declared, declared_for
from portal.queries.declared_lists import OwnList, list_own_lists
from portal.queries.notes import list_notes
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other


@bp.get("/permohonan/<code>/tindakan/<action>")
@requires("officer")
def ask_action(code: str, action: str) -> Response:
    """What will happen, and what the act asks for."""
    application = load_case(code)
    declared = declared_for(application)
    wanted = _wanted(application, declared, action)
    if all(act["key"] != action for act in open_acts(application, declared, actor_on(application))):
        return see_other(case_path(code))
    return _form(application, declared, action, wanted)


@bp.post("/permohonan/<code>/tindakan/<action>")
@requires("officer")
def do_action(code: str, action: str) -> Response:
    """Do it on the version that was seen; who was slower is told, and keeps what was typed."""
    application = load_case(code)
    declared = declared_for(application)
    wanted = _wanted(application, declared, action)
    reason = _typed_reason(declared)
    seen, own = request.form.get("version", type=int), _list_of(application)
    if seen is None:
        return _form(application, declared, action, wanted, reason=reason)
    try:
        with transaction():
            act_on_case(application, action, actor_on(application), seen=seen, reason=reason)
    except Invalid as invalid:
        return _form(application, declared, action, wanted, reason=reason, errors=invalid.errors, status=422)
    except Conflict as conflict:
        return _too_late(application, declared, conflict, reason)
    flash(f"{wanted.label}: {code}", "good")
    return see_other(own.path if own else case_path(code))


def _wanted(application: Any, declared: Declared, key: str) -> Action:
    """The declared act, if it is one of this officer's that has no page of its own."""
    action = declared.workflow.actions.get(key)
    if action is None or action.hidden or not actor_on(application).may(action):
        raise NotFound("action")
    return action


def _list_of(application: Any) -> OwnList | None:
    """The declared list of the officer's in whose row the act began, as the address says."""
    key, own = request.args.get("kembali", ""), list_own_lists(viewer().duties)
    return next((one for one in own if (one.agency.code, one.key) == (application.agency, key)), None)


def _typed_reason(declared: Declared) -> str:
    """Ready-made reasons and own words, one a line; a reason that stands there already comes once."""
    typed = request.form.get("reason", "").strip()
    ready = [declared.agency.reasons.get(key, "") for key in request.form.getlist("ready")]
    parts = [text for text in ready if text and text not in typed]
    return "\n".join([*parts, typed] if typed else parts)[:LONGEST_REASON]


def _form(
    application: Any,
    declared: Declared,
    key: str,
    action: Action,
    *,
    reason: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    show_agency(application.agency)
    own = _list_of(application)
    rows = list_notes(application.id) if "notes" in action.needs else []
    return answer(
        "officer/action.html",
        status=status,
        case=application,
        action=action,
        path=f"{case_path(application.code)}/tindakan/{key}" + (f"?kembali={own.key}" if own else ""),
        path_of_case=case_path(application.code),
        back=own.path if own else case_path(application.code),
        version=application.version,
        reasons=list(declared.agency.reasons.items()),
        reason=reason,
        errors=errors or {},
        note=note_box(application, declared, actor_on(application), rows),
    )


def _too_late(application: Any, declared: Declared, conflict: Conflict, reason: str) -> Response:
    """409: who was faster and when, the newest state, and the words that were typed."""
    show_agency(application.agency)
    fresh = load_case(application.code)
    return answer(
        "officer/too_late.html",
        status=409,
        case=fresh,
        state=declared.workflow.states[fresh.state],
        path_of_case=case_path(fresh.code),
        message=conflict.message,
        reason=reason,
    )
