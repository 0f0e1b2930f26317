"""A case that somebody made for another person: what that person says of it, and the supervisor who looks into it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal.auth import requires
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import actor_on, case_path, load_case
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.operations.representations import clear_dispute
from portal.queries.representations import behalf_words, find_applied_for, supervising
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.filters import short_moment
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


def behalf_of(application: Any, actor: Actor, zone: str) -> dict[str, Any] | None:
    """Who made the case for somebody else, how that person agreed, and whether they dispute it; None in one's own name."""
    row = find_applied_for(application)
    if row is None:
        return None
    how = {
        "declared": gettext("The applicant declared that this person agreed."),
        "letter": gettext("A letter of consent is among the documents."),
        "own": gettext("It is about the applicant."),
    }
    is_disputed = row.disputed_at is not None and row.cleared_at is None
    return {
        "who": behalf_words(row),
        "consent": how.get(row.consent, ""),
        "disputed": short_moment(row.disputed_at, zone) if is_disputed else "",
        "cleared": short_moment(row.cleared_at, zone) if row.cleared_at else "",
        "clearing": _path(application.code) if is_disputed and supervising(actor.roles, application.agency) else "",
    }


@bp.get("/permohonan/<code>/diwakili")
@requires("officer")
def ask_clearing(code: str) -> Response:
    """Why the case may go on although the person said that they did not ask for it."""
    application = _disputed(code)
    return _page(application)


@bp.post("/permohonan/<code>/diwakili")
@requires("officer")
def clear(code: str) -> Response:
    """Open the decisions again; the reason stands in the history."""
    application = _disputed(code)
    reason = request.form.get("reason", "")
    try:
        with transaction():
            clear_dispute(application, actor_on(application), reason)
    except (Invalid, Conflict, NotAllowed) as refusal:
        errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}
        return _page(load_case(code), reason, errors, refusal.status)
    flash(gettext("The case can be decided again."), "good")
    return see_other(case_path(code))


def _disputed(code: str) -> Any:
    """The case, for who supervises it; the page does not exist for others."""
    application = load_case(code)
    if not supervising(actor_on(application).roles, application.agency) or find_applied_for(application) is None:
        raise NotFound("case")
    return application


def _page(application: Any, reason: str = "", errors: dict[str, str] | None = None, status: int = 200) -> Response:
    show_agency(application.agency)
    return answer(
        "officer/clear_dispute.html",
        status=status,
        case=application,
        path=_path(application.code),
        path_of_case=case_path(application.code),
        reason=reason,
        errors=errors or {},
    )


def _path(code: str) -> str:
    return f"{case_path(code)}/diwakili"
