"""What an admin does for one officer, and what a second admin decides: password link, second factor, numbers."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal.auth import requires, viewer
from portal.auth.confirmation import confirmed, typed_before
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.duty_forms import PATH, admin_scopes, duty_words, request_words
from portal.blueprints.officer.numbers import parse_numbers
from portal.errors import NotFound
from portal.operations.officers import correct_numbers, send_password_link
from portal.operations.second_admin import ask_reset, decide_request
from portal.operations.visits import drop_stash
from portal.queries.duties import get_officer, get_request
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


@bp.get("/tugas/petugas/<code>")
@requires("officer")
@confirmed
def show_officer(code: str) -> Response:
    """One officer, with what an admin can do for them."""
    return _officer_page(get_officer(code, admin_scopes()), typed_before())


@bp.post("/tugas/petugas/<code>")
@requires("officer")
@confirmed
def act_for_officer(code: str) -> Response:
    """One of three buttons: a link for the password, a new second code, the officer's numbers."""
    row = get_officer(code, admin_scopes())
    acts = {"link": _send_link, "reset": _ask_reset, "numbers": _type_numbers}
    act = acts.get(request.form.get("act", ""))
    if act is None:
        raise NotFound("act")
    return act(row)


def _send_link(row: Any) -> Response:
    with transaction():
        send_password_link(row.account_id, row.agency, by=officer_id(viewer()))
    flash(gettext("A link to set the password was sent to %(email)s.", email=row.email), "good")
    return see_other(request.path)


def _ask_reset(row: Any) -> Response:
    with transaction():
        ask_reset(row.account_id, row.agency, row.office, by=officer_id(viewer()))
    flash(gettext("Another admin must confirm this. It waits in the list."), "action")
    return see_other(PATH)


def _type_numbers(row: Any) -> Response:
    typed, errors = parse_numbers(request.form)
    if errors:
        return _officer_page(row, typed, errors, 422)
    by = officer_id(viewer())
    with transaction():
        correct_numbers(row.account_id, typed["nik"], typed["kk"], by=by)
        drop_stash(by, request.path)
    flash(gettext("The numbers are kept, as hashes only."), "good")
    return see_other(request.path)


@bp.get("/tugas/permintaan/<code>")
@requires("officer")
@confirmed
def show_request(code: str) -> Response:
    """What another admin asks for."""
    row = get_request(code, admin_scopes())
    words = request_words(row)
    may_decide = words["is_open"] and officer_id(viewer()) not in words["parties"]
    path = f"{PATH}/permintaan/{code}"
    return answer("officer/officer_request.html", asked=words, may_decide=may_decide, path=path, back=PATH)


@bp.post("/tugas/permintaan/<code>")
@requires("officer")
@confirmed
def decide(code: str) -> Response:
    """Confirm or refuse; the one who asked and the one concerned may not."""
    get_request(code, admin_scopes())
    verdict = request.form.get("verdict", "")
    with transaction():
        decide_request(code, verdict, by=officer_id(viewer()))
    told = gettext("Confirmed. It is in force.") if verdict == "confirmed" else gettext("Refused.")
    flash(told, "good")
    return see_other(PATH)


def _officer_page(
    row: Any, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    return answer(
        "officer/officer.html",
        status=status,
        one=duty_words(row),
        is_self=row.account_id == officer_id(viewer()),
        has_email=bool(row.email),
        path=f"{PATH}/petugas/{row.officer}",
        back=PATH,
        typed=typed or {},
        errors=errors or {},
    )
