"""Groups of applicants: their members, raising somebody into one, and ending a membership (SIN-33)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from portal import clock
from portal.auth import requires, viewer
from portal.auth.confirmation import confirmed, typed_before
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.group_forms import (
    PATH,
    agencies_at_hand,
    agency_at_hand,
    member_words,
    raise_context,
    read_rise,
    told_words,
)
from portal.errors import Conflict, Invalid, NotAllowed
from portal.operations.groups import lower_applicant, raise_applicant
from portal.operations.readings import log_reading
from portal.operations.visits import drop_stash
from portal.queries.catalogue import catalogue
from portal.queries.groups import (
    PAGE,
    ZONE,
    find_enrolled_by_nik,
    get_enrolled,
    get_member,
    list_member_events,
    list_members,
)
from portal.transaction import transaction
from portal.web.contacts import read_contact
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext


@bp.get("/grup")
@requires("officer")
def list_groups() -> Response:
    """The members of an agency's groups, searched by name or institution; the ended ones on a tab of their own."""
    agencies = agencies_at_hand()
    agency = agency_at_hand(agencies)
    text = " ".join(request.args.get("q", "").split())[:80]
    group, is_past = request.args.get("grup", "")[:40], request.args.get("status") == "berakhir"
    after = request.args.get("sesudah", "")[:40]
    rows = list_members(agency, today=clock.today(ZONE), text=text, group=group, ended=is_past, after=after)
    show_agency(agency)
    return answer(
        "officer/groups.html",
        path=PATH,
        agency=agency,
        agencies=[(code, catalogue().agency(code).short_name) for code in agencies],
        groups=[(key, one.label) for key, one in catalogue().agency(agency).groups.items()],
        group=group,
        text=text,
        is_past=is_past,
        rows=[member_words(row) for row in rows[:PAGE]],
        next=rows[PAGE - 1].code if len(rows) > PAGE else "",
    )


@bp.get("/grup/cari")
@requires("officer")
def ask_applicant() -> Response:
    """Whom to raise: asked for by NIK, which never stands in an address."""
    return _search_page(agency_at_hand(agencies_at_hand()))


@bp.post("/grup/cari")
@requires("officer")
def find_applicant() -> Response:
    """Look an applicant up by NIK, which is a reading like every search by number."""
    agency = agency_at_hand(agencies_at_hand())
    nik, problem = read_contact("nik", request.form.get("nik", ""))
    if problem:
        return _search_page(agency, problem)
    found = find_enrolled_by_nik(agency, nik)
    with transaction():
        log_reading(officer_id(viewer()), found.application_id if found else None, "number", "grup")
    if found is None:
        return _search_page(agency, gettext("Nobody with an active account has this NIK here."))
    return see_other(f"{PATH}/angkat/{found.code}")


@bp.get("/grup/angkat/<code>")
@requires("officer")
@confirmed
def ask_rise(code: str) -> Response:
    """Into which group, for which institution, area and services, from when until when."""
    person = get_enrolled(code, agencies_at_hand())
    return _raise_page(person, typed_before())


@bp.post("/grup/angkat/<code>")
@requires("officer")
@confirmed
def raise_member(code: str) -> Response:
    """Raise the applicant, who is told; a further level of the area only draws the form again."""
    person, typed = get_enrolled(code, agencies_at_hand()), request.form.to_dict()
    if "_refresh" in request.form:
        return _raise_page(person, typed)
    by = officer_id(viewer())
    try:
        with transaction():
            raise_applicant(person.account_id, read_rise(person.agency), by=by)
            drop_stash(by, request.path)
    except (Invalid, Conflict, NotAllowed) as refusal:
        errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}
        return _raise_page(person, typed, errors, refusal.status)
    flash(gettext("%(name)s is a member now, and was told.", name=person.name), "good")
    return see_other(f"{PATH}?instansi={person.agency}")


@bp.get("/grup/anggota/<code>")
@requires("officer")
def show_member(code: str) -> Response:
    """One membership with its history, and the way to end it."""
    return _member_page(code)


@bp.post("/grup/anggota/<code>")
@requires("officer")
@confirmed
def lower_member(code: str) -> Response:
    """End it now, with a reason; drafts stay but can no longer be sent."""
    row = get_member(code, agencies_at_hand())
    reason, by = request.form.get("reason", "")[:2000], officer_id(viewer())
    try:
        with transaction():
            lower_applicant(code, by=by, reason=reason)
            drop_stash(by, request.path)
    except (Invalid, Conflict, NotAllowed) as refusal:
        errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}
        return _member_page(code, reason, errors, refusal.status)
    flash(gettext("The membership of %(name)s has ended.", name=row.name), "good")
    return see_other(f"{PATH}/anggota/{code}")


def _search_page(agency: str, problem: str = "") -> Response:
    show_agency(agency)
    return answer(
        "officer/group_search.html", status=422 if problem else 200, path=PATH, agency=agency, problem=problem
    )


def _raise_page(
    person: Any, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    show_agency(person.agency)
    chosen = request.form.getlist("services")
    context = raise_context(person.agency, typed, chosen, errors or {})
    return answer(
        "officer/group_raise.html", status=status, person=person, path=f"{PATH}/angkat/{person.code}", **context
    )


def _member_page(code: str, reason: str = "", errors: dict[str, str] | None = None, status: int = 200) -> Response:
    row = get_member(code, agencies_at_hand())
    show_agency(row.agency)
    return answer(
        "officer/group_member.html",
        status=status,
        member=member_words(row),
        history=told_words(list_member_events(row.id)),
        zone=catalogue().agency(row.agency).zone,
        path=f"{PATH}/anggota/{code}",
        back=f"{PATH}?instansi={row.agency}",
        reason=reason or typed_before().get("reason", ""),
        errors=errors or {},
    )
