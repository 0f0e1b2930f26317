"""What every template may use: the viewer, the agency at hand, the menu, the language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from flask_wtf.csrf import generate_csrf

from portal.auth import Viewer, viewer
from portal.auth.viewer import DutyView
from portal.engine.calendars import hours_text
from portal.engine.declare import Agency
from portal.queries.audit import supervised
from portal.queries.catalogue import catalogue
from portal.queries.declared_lists import list_own_lists
from portal.queries.duties import administered
from portal.queries.groups import raising
from portal.queries.privacy import protected
from portal.queries.reach import reach_of
from portal.queries.recoveries import recovering
from portal.web.i18n import current_language, gettext
from portal.web.remembered import remembered


@dataclass(frozen=True)
class AgencyView:
    """The agency whose pages are being shown."""

    code: str
    name: str
    application_name: str
    application_title: str
    accent: str
    hours_text: str
    call_centre: str


@dataclass(frozen=True)
class Site:
    """The portal as a page names it."""

    name: str
    agency: AgencyView | None


def show_agency(code: str | None) -> None:
    """Say whose page this is: its name, accent, hours and help number are shown."""
    g.agency_code = code


def agency_view(agency: Agency) -> AgencyView:
    """The agency's face, for templates."""
    return AgencyView(
        code=agency.code,
        name=agency.name,
        application_name=agency.application_name,
        application_title=agency.application_title,
        accent=agency.accent,
        hours_text=f"{agency.hours_title}: {hours_text(agency.hours, agency.zone)}",
        call_centre=agency.call_centre,
    )


def register_context(app: Flask) -> None:
    """Give templates their common names."""
    app.jinja_env.globals["csrf_token"] = _csrf_token

    @app.context_processor
    def _common() -> dict[str, Any]:
        who = viewer()
        code = g.get("agency_code")
        agency = catalogue().agencies.get(code) if code else None
        return {
            "viewer": who,
            "site": Site("Loket", agency_view(agency) if agency else None),
            "nav": list(_menu(who, agency)),
            "is_demo": current_app.extensions["config"].demo,
            "path": request.path,
            "language": current_language(),
        }


def _csrf_token() -> str:
    """The token of this request's forms, signed once for all of them."""
    token: str | None = g.get("csrf_token")
    return token if token is not None else generate_csrf()


def _menu(who: Viewer, agency: Agency | None) -> Iterable[dict[str, Any]]:
    items = _officer_menu(who) if who.audience == "officer" else _citizen_menu(who, agency)
    for label, href in items:
        is_current = request.path == href or (len(href) > 1 and request.path.startswith(href + "/"))
        yield {"label": label, "href": href, "is_current": is_current}


def _officer_menu(who: Viewer) -> list[tuple[str, str]]:
    return _desk_menu(who.duties) if who.is_logged_in else []


@remembered
def _desk_menu(duties: tuple[DutyView, ...]) -> list[tuple[str, str]]:
    kinds = {one.service.kind for one in reach_of(duties, catalogue())}
    items = [(one.declared.title, one.path) for one in list_own_lists(duties)]
    if "service" in kinds:
        items.append((gettext("Applications"), "/petugas/permohonan"))
    if "registration" in kinds:
        items.append((gettext("Registrations"), "/petugas/pendaftaran"))
    signs = any(catalogue().agency(d.agency).roles[d.role].signs for d in duties)
    if signs:
        items.append((gettext("To sign"), "/petugas/tanda-tangan"))
    if recovering(duties):
        items.append((gettext("Recovery of accounts"), "/petugas/pemulihan"))
    if administered(duties):
        items.append((gettext("Officers' duties"), "/petugas/tugas"))
    if not all(administered(duties).values()):
        items.append((gettext("Texts of messages"), "/petugas/teks"))
    if raising(duties):
        items.append((gettext("Groups of applicants"), "/petugas/grup"))
    if protected(duties):
        items.append((gettext("Personal data"), "/petugas/data-pribadi"))
        items.append((gettext("Register of breaches"), "/petugas/kebocoran"))
    if supervised(duties):
        items.append((gettext("Event log"), "/petugas/catatan"))
    return items


def _citizen_menu(who: Viewer, agency: Agency | None) -> list[tuple[str, str]]:
    home = f"/instansi/{agency.code}" if agency else "/"
    suffix = f"?instansi={agency.code}" if agency else ""
    items = [(gettext("Home"), home)]
    if who.is_logged_in:
        if who.enrolments:
            items.append((gettext("My applications"), "/permohonan"))
        items.append((gettext("My account"), "/akun"))
    elif agency:
        items.append((gettext("Applicant"), f"/masuk/{agency.code}"))
    if agency:
        items.append((gettext("Requirements"), f"/persyaratan/{agency.code}"))
    items.append((gettext("Information"), f"/informasi{suffix}"))
    items.append((gettext("Guide"), f"/panduan{suffix}"))
    return items
