"""The front page, an agency's home, and what a service asks for."""

from __future__ import annotations

from flask import Response

from portal.auth import requires, viewer
from portal.blueprints.public import bp
from portal.queries import services as service_queries
from portal.queries.catalogue import get_agency
from portal.queries.groups import get_open_service
from portal.web.context import show_agency
from portal.web.fragments import answer


@bp.get("/")
@requires("everyone")
def home() -> Response:
    """Every agency with its services and hours; whoever logs in at one agency only is led there."""
    return answer("public/home.html", agencies=service_queries.list_agencies(viewer().membership))


@bp.get("/instansi/<agency>")
@requires("everyone")
def show_agency_home(agency: str) -> Response:
    """The home of one agency: news, services, and what waits for me (SIN-01 to SIN-07)."""
    declared = get_agency(agency)
    show_agency(agency)
    who = viewer()
    return answer(
        "public/agency.html",
        agency=declared,
        services=service_queries.list_services(declared, who.membership),
        waiting=service_queries.list_waiting(who.account_id) if who.account_id else [],
    )


@bp.get("/persyaratan/<agency>")
@requires("everyone")
def show_requirements(agency: str) -> Response:
    """The services of an agency, each with a link to what it asks for (SIN-08)."""
    declared = get_agency(agency)
    show_agency(agency)
    return answer(
        "public/requirements.html",
        agency=declared,
        services=service_queries.list_services(declared, viewer().membership),
    )


@bp.get("/layanan/<agency>/<service>")
@requires("everyone")
def show_service(agency: str, service: str) -> Response:
    """Requirements, process, documents and [Baru] of one service (SIN-08, SIN-44, SIN-45); special ones exist for their groups only."""
    declared = get_agency(agency)
    membership = viewer().membership
    wanted = get_open_service(agency, service, membership)
    show_agency(agency)
    services = service_queries.list_services(declared, membership)
    return answer(
        "public/service.html",
        agency=declared,
        service=wanted,
        view=next(view for view in services if view.code == wanted.code),
        services=services,
    )
