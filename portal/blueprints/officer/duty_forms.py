"""What the pages of duties share: the admin's scopes, what was typed, and rows as finished words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request

from portal import clock
from portal.auth import viewer
from portal.errors import NotFound
from portal.operations.duties import Wish
from portal.queries.catalogue import catalogue
from portal.queries.duties import DUTY_ZONE, Scopes, administered
from portal.web.filters import short_day, short_moment
from portal.web.i18n import gettext

PATH = "/petugas/tugas"


def admin_scopes() -> Scopes:
    """Where this officer administers; NotFound for who does nowhere: the pages do not exist for them."""
    scopes = administered(viewer().duties)
    if not scopes:
        raise NotFound("duties")
    return scopes


def agency_at_hand(scopes: Scopes) -> str:
    """The agency that the address or the form names; the first one when it names none; NotFound beyond the scopes."""
    wanted = request.values.get("instansi", "")
    if wanted and wanted not in scopes:
        raise NotFound("agency")
    return wanted or next(iter(scopes))


def choices_of(agency_code: str, scopes: Scopes) -> dict[str, Any]:
    """Roles and offices that an admin may choose from, for the forms."""
    agency, allowed = catalogue().agency(agency_code), scopes[agency_code]
    offices = [(office.code, office.name) for office in catalogue().offices[agency_code]]
    if allowed:
        offices = [pair for pair in offices if pair[0] in allowed]
    else:
        offices = [("", gettext("the whole agency")), *offices]
    return {
        "agency": agency_code,
        "agency_name": agency.short_name,
        "roles": [(key, role.label) for key, role in agency.roles.items()],
        "offices": offices,
        "today": clock.today(DUTY_ZONE),
        "back": f"{PATH}?instansi={agency_code}",
    }


def read_wish(scopes: Scopes) -> Wish:
    """The duty that was typed; what is wrong with it the operation says."""
    return Wish(
        agency=agency_at_hand(scopes),
        office=request.form.get("office", "")[:40],
        role=request.form.get("role", "")[:40],
        starts_on=read_day("starts_on") or clock.today(DUTY_ZONE),
        ends_on=read_day("ends_on"),
    )


def read_day(name: str) -> date | None:
    """A typed day, or None for nothing and for nonsense."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


def duty_words(row: Any) -> dict[str, Any]:
    """One duty with its officer, ready to be shown."""
    return {
        "code": row.code,
        "officer": row.officer or "",
        "account_id": row.account_id,
        "name": row.name,
        "username": row.username or "–",
        "role": role_label(row.agency, row.role),
        "office": office_name(row.agency, row.office),
        "from": short_day(row.starts_on),
        "until": short_day(row.ends_on) if row.ends_on else gettext("no end"),
        "has_factor": row.factor_since is not None,
        "has_password": row.password_since is not None,
    }


def request_words(row: Any) -> dict[str, Any]:
    """One request for a second admin, ready to be shown."""
    what = {
        "duty": gettext("New admin duty"),
        "extend": gettext("Longer admin duty"),
        "reset": gettext("Set up the second code anew"),
    }
    until = short_day(row.ends_on) if row.ends_on else ""
    return {
        "code": row.code,
        "what": what[row.kind],
        "name": row.name,
        "role": role_label(row.agency, row.role) if row.role else "",
        "office": office_name(row.agency, row.office) if row.role else "",
        "until": until,
        "asker": row.asker,
        "at": short_moment(row.asked_at, catalogue().agency(row.agency).zone),
        "parties": (row.asked_by, row.account_id),
        "is_open": row.verdict == "",
    }


def role_label(agency: str, role: str) -> str:
    """The declared label of a role; its key when it is declared no more."""
    roles = catalogue().agency(agency).roles
    return roles[role].label if role in roles else role


def office_name(agency: str, code: str) -> str:
    """The name of an office, or the words for the whole agency."""
    names = {office.code: office.name for office in catalogue().offices.get(agency, ())}
    return names.get(code, code) if code else gettext("the whole agency")
