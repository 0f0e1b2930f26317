"""Hours, holidays, and the guide in plain words."""

from __future__ import annotations

from flask import Response, request

from portal.auth import requires
from portal.blueprints.public import bp
from portal.queries import services as service_queries
from portal.queries.catalogue import catalogue, get_agency
from portal.queries.privacy import get_told_breach
from portal.web.context import show_agency
from portal.web.fragments import answer


def _shown_agency() -> str:
    """The agency that the address names, else the only or first one."""
    code = request.args.get("instansi") or next(iter(catalogue().agencies))
    show_agency(get_agency(code).code)
    return code


@bp.get("/informasi")
@requires("everyone")
def show_information() -> Response:
    """The opening hours per weekday and the days on which offices are closed (SIN-28)."""
    agency = get_agency(_shown_agency())
    return answer(
        "public/information.html",
        agency=agency,
        week=service_queries.list_week(agency),
        holidays=service_queries.list_coming_holidays(agency),
    )


@bp.get("/pemberitahuan/<code>")
@requires("everyone")
def show_breach_notice(code: str) -> Response:
    """What people are told of a breach: nothing of any person stands in it (UU 27/2022 article 46)."""
    breach = get_told_breach(code)
    show_agency(breach.agency)
    return answer("public/breach_notice.html", breach=breach, agency=get_agency(breach.agency))


@bp.get("/panduan")
@requires("everyone")
def show_guide() -> Response:
    """How to register, apply and download, step by step."""
    return answer("public/guide.html", agency=get_agency(_shown_agency()))


@bp.get("/panduan/unggah")
@requires("everyone")
def show_upload_guide() -> Response:
    """Why an upload may fail and what to do (guide, table 4; SIN-64)."""
    agency = get_agency(_shown_agency())
    return answer("public/upload_guide.html", agency=agency)
