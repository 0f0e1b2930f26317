"""The list of one's applications, filtered and in keyset pages (SIN-71 to SIN-74)."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.queries.application_lists import (
    Filter,
    filter_choices,
    list_own_applications,
    subject_of_nik,
)
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other

LONGEST = 64


@bp.get("/permohonan")
@requires("citizen")
def list_applications() -> Response:
    """My applications; what waits for me comes first."""
    who = viewer()
    assert who.account_id is not None
    if len(who.enrolments) == 1:
        show_agency(next(iter(who.enrolments)))
    wanted = _wanted()
    page = list_own_applications(who.account_id, wanted, who.enrolments)
    services, states = filter_choices(who.enrolments)
    return answer(
        "applicant/applications.html",
        "applicant/_applications.html",
        rows=page.rows,
        wanted=wanted,
        services=services,
        states=states,
        is_filtered=any((wanted.service, wanted.state, wanted.code, wanted.subject, wanted.name)),
        previous=_neighbour("sebelum", page.before),
        next=_neighbour("sesudah", page.after),
    )


@bp.post("/permohonan")
@requires("citizen")
def filter_applications() -> Response:
    """Turn the filter into an address; a NIK goes into it only as its keyed hash."""
    names = ("layanan", "status", "kode", "nama", "orang")
    kept = {name: request.form.get(name, "").strip()[:LONGEST] for name in names}
    if nik := request.form.get("nik", "").strip():
        kept["orang"] = subject_of_nik(nik)
    query = urlencode({name: value for name, value in kept.items() if value})
    return see_other(f"/permohonan?{query}" if query else "/permohonan")


def _wanted() -> Filter:
    given = {key: value.strip()[:LONGEST] for key, value in request.args.items()}
    return Filter(
        service=given.get("layanan", ""),
        state=given.get("status", ""),
        code=given.get("kode", ""),
        subject=given.get("orang", ""),
        name=given.get("nama", ""),
        after=given.get("sesudah", ""),
        before=given.get("sebelum", ""),
    )


def _neighbour(name: str, code: str | None) -> str | None:
    """The address of the page before or behind, with the filter."""
    if code is None:
        return None
    kept = {k: v for k, v in request.args.items() if k not in ("sebelum", "sesudah") and v}
    return f"{request.path}?{urlencode({**kept, name: code})}"
