"""What the workflow opens to the applicant: withdraw, mend and apply again, object, report a mistake."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal.auth import requires
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import acting_on, address_of, own_application
from portal.engine.workflow import actions_open
from portal.errors import Invalid, NotFound
from portal.operations.perform import Payload, perform
from portal.queries.applications import OwnApplication
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

ADDRESS = "/permohonan/<code>/tindakan/<action>"


@bp.get(ADDRESS)
@requires("citizen")
def ask_before_acting(code: str, action: str) -> Response:
    """What is about to happen, what it asks for, and the way back."""
    own = own_application(code)
    if action not in _open(own):
        return see_other(address_of(own))
    return _page(own, action)


@bp.post(ADDRESS)
@requires("citizen")
def act(code: str, action: str) -> Response:
    """Do it, through the one door."""
    own = own_application(code)
    if action not in own.declared.workflow.actions:
        raise NotFound("action")
    if own.declared.workflow.actions[action].hidden:
        raise NotFound("action")
    reason = request.form.get("reason", "").strip()
    payload = Payload(seen=request.form.get("version", -1, type=int), reason=reason)
    try:
        with transaction():
            perform(own.application, action, acting_on(own), payload)
    except Invalid as invalid:
        return _page(own, action, errors=invalid.errors)
    after = own_application(code)
    flash(gettext("Done. The application is now: %(state)s.", state=after.state.citizen), "good")
    return see_other(address_of(after))


def _open(own: OwnApplication) -> dict[str, Any]:
    found = actions_open(own.declared.workflow, own.application.state, acting_on(own))
    return {key: action for key, action in found if not action.hidden}


def _page(own: OwnApplication, key: str, errors: dict[str, str] | None = None) -> Response:
    action = own.declared.workflow.actions[key]
    errors = errors or {}
    return answer(
        "applicant/action.html",
        status=422 if errors else 200,
        application=own.application,
        service=own.declared.service,
        action=action,
        address=f"{address_of(own)}/tindakan/{key}",
        back=address_of(own),
        becomes=own.declared.workflow.states[action.to],
        version=own.application.version,
        reason=request.form.get("reason", ""),
        reason_error=errors.get("reason"),
        other_errors=[words for name, words in errors.items() if name != "reason"],
    )
