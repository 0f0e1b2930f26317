"""Duties of an agency's officers: who may do what where and until when, given and ended by its admins."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal import clock
from portal.auth import requires, viewer
from portal.auth.confirmation import confirmed, typed_before
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.duty_forms import (
    PATH,
    admin_scopes,
    agency_at_hand,
    choices_of,
    duty_words,
    read_day,
    read_wish,
    request_words,
)
from portal.errors import Conflict, Invalid, NotAllowed
from portal.operations.duties import end_duty
from portal.operations.officers import Newcomer, invite_officer
from portal.operations.second_admin import LIVES, change_end, give_duty
from portal.operations.visits import drop_stash
from portal.queries.catalogue import catalogue
from portal.queries.duties import PAGE, get_duty, list_requests, list_staff
from portal.queries.officers import find_officer_account
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

GIVEN = "The duty is in force."
WAITS = "Another admin must confirm this. It waits in the list."


@bp.get("/tugas")
@requires("officer")
def list_duties() -> Response:
    """The officers of the agency with their open duties, and what waits for a second admin."""
    scopes = admin_scopes()
    agency = agency_at_hand(scopes)
    text = " ".join(request.args.get("q", "").split())[:80]
    rows = list_staff(agency, scopes[agency], text=text, after=request.args.get("sesudah", "")[:40])
    asked = list_requests(agency, scopes[agency], clock.now() - LIVES)
    return answer(
        "officer/duties.html",
        path=PATH,
        agency=agency,
        agencies=[(code, catalogue().agency(code).short_name) for code in scopes],
        text=text,
        rows=[duty_words(row) for row in rows[:PAGE]],
        next=rows[PAGE - 1].code if len(rows) > PAGE else "",
        requests=[request_words(row) for row in asked],
        own_id=officer_id(viewer()),
    )


@bp.get("/tugas/beri")
@requires("officer")
@confirmed
def ask_duty() -> Response:
    """A duty for somebody who is an officer already."""
    return _give_page(typed_before())


@bp.post("/tugas/beri")
@requires("officer")
@confirmed
def give() -> Response:
    """Give it; an admin duty waits for a second admin."""
    by, typed = officer_id(viewer()), request.form.to_dict()
    account_id = find_officer_account(typed.get("username", "").strip()[:80])
    if account_id is None:
        unknown = gettext("No officer has this username. Invite them first.")
        return _give_page(typed, {"username": unknown}, 422)
    try:
        with transaction():
            is_given = give_duty(account_id, read_wish(admin_scopes()), by=by)
            drop_stash(by, request.path)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _give_page(typed, _errors(refusal), refusal.status)
    return _done(is_given)


@bp.get("/tugas/undang")
@requires("officer")
@confirmed
def ask_invitation() -> Response:
    """Somebody new: name, user name, work e-mail and a first duty."""
    return _invite_page(typed_before())


@bp.post("/tugas/undang")
@requires("officer")
@confirmed
def invite() -> Response:
    """Make the account, send the link and give the duty: all of it or nothing."""
    by, typed = officer_id(viewer()), request.form.to_dict()
    newcomer = Newcomer(
        name=" ".join(typed.get("name", "").split()),
        username=typed.get("username", "").strip().lower(),
        email=typed.get("email", "").strip(),
    )
    try:
        wish = read_wish(admin_scopes())
        with transaction():
            account_id = invite_officer(newcomer, wish.agency, by=by)
            is_given = give_duty(account_id, wish, by=by)
            drop_stash(by, request.path)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _invite_page(typed, _errors(refusal, "username"), refusal.status)
    flash(gettext("A link to set the password was sent to %(email)s.", email=newcomer.email), "good")
    return _done(is_given)


@bp.get("/tugas/<code>/ubah")
@requires("officer")
@confirmed
def ask_end(code: str) -> Response:
    """Another last day."""
    return _change_page(get_duty(code, admin_scopes()), typed_before())


@bp.post("/tugas/<code>/ubah")
@requires("officer")
@confirmed
def move_end(code: str) -> Response:
    """Move it; more of an admin duty waits for a second admin."""
    by = officer_id(viewer())
    duty = get_duty(code, admin_scopes())
    try:
        with transaction():
            is_done = change_end(get_duty(code, admin_scopes()), read_day("ends_on"), by=by)
            drop_stash(by, request.path)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _change_page(duty, request.form.to_dict(), _errors(refusal), refusal.status)
    return _done(is_done)


@bp.get("/tugas/<code>/akhiri")
@requires("officer")
@confirmed
def ask_before_ending(code: str) -> Response:
    """What ending means, before it happens."""
    row = get_duty(code, admin_scopes())
    return answer("officer/duty_end.html", duty=duty_words(row), path=f"{PATH}/{code}/akhiri", back=PATH)


@bp.post("/tugas/<code>/akhiri")
@requires("officer")
@confirmed
def end(code: str) -> Response:
    """End it now: sessions close and claimed work goes back."""
    row = get_duty(code, admin_scopes())
    with transaction():
        end_duty(row, officer_id(viewer()))
    flash(gettext("The duty of %(name)s has ended.", name=row.name), "good")
    return see_other(f"{PATH}?instansi={row.agency}")


def _done(is_given: bool) -> Response:  # noqa: FBT001 - what the operation answered
    flash(gettext(GIVEN) if is_given else gettext(WAITS), "good" if is_given else "action")
    return see_other(PATH)


def _errors(refusal: Invalid | Conflict | NotAllowed, field: str = "") -> dict[str, str]:
    return refusal.errors if isinstance(refusal, Invalid) else {field: refusal.message}


def _give_page(typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200) -> Response:
    scopes = admin_scopes()
    context = choices_of(agency_at_hand(scopes), scopes)
    return answer(
        "officer/duty_give.html", status=status, path=f"{PATH}/beri", typed=typed, errors=errors or {}, **context
    )


def _invite_page(typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200) -> Response:
    scopes = admin_scopes()
    context = choices_of(agency_at_hand(scopes), scopes)
    return answer(
        "officer/duty_invite.html", status=status, path=f"{PATH}/undang", typed=typed, errors=errors or {}, **context
    )


def _change_page(row: Any, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200) -> Response:
    return answer(
        "officer/duty_change.html",
        status=status,
        duty=duty_words(row),
        path=f"{PATH}/{row.code}/ubah",
        back=PATH,
        ends_on=typed.get("ends_on", row.ends_on),
        errors=errors or {},
    )
