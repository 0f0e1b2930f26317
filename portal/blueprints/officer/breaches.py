"""The register of breaches, for who answers for personal data: record, mend, tell, close (XCT-08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, request

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.errors import Conflict, Invalid, NotFound
from portal.operations.breaches import Told, mend_breach, record_breach, take_step
from portal.queries.catalogue import catalogue
from portal.queries.privacy import count_enrolled, get_breach, list_breaches, protected
from portal.transaction import transaction
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

PATH = "/petugas/kebocoran"
STEPS = {"otoritas": "authority", "orang": "people", "tutup": "close"}
LONGEST = 4000


@bp.get("/kebocoran")
@requires("officer")
def list_data_breaches() -> Response:
    """The register, newest first, each with what is still to be done."""
    rows = [_row(breach) for breach in list_breaches(_agencies())]
    return answer("officer/breaches.html", rows=rows, path=PATH)


@bp.get("/kebocoran/baru")
@requires("officer")
def ask_data_breach() -> Response:
    """An empty entry; the clock runs from when the breach was found, not from when it is written."""
    return _form(_agencies(), {})


@bp.post("/kebocoran/baru")
@requires("officer")
def record_data_breach() -> Response:
    """Write it into the register."""
    agencies = _agencies()
    typed = _typed()
    agency = typed["agency"] if typed["agency"] in agencies else agencies[0]
    officer = viewer().account_id
    assert officer is not None
    try:
        with transaction():
            code = record_breach(agency, officer, _told(typed, agency)).code
    except Invalid as refusal:
        return _form(agencies, typed, refusal.errors, status=422)
    return see_other(f"{PATH}/{code}")


@bp.get("/kebocoran/<code>")
@requires("officer")
def show_data_breach(code: str) -> Response:
    """One breach with its clock, the notice as people will read it, and the next duty."""
    return _page(get_breach(code, _agencies()))


@bp.post("/kebocoran/<code>")
@requires("officer")
def mend_data_breach(code: str) -> Response:
    """Take over what is known now."""
    breach = get_breach(code, _agencies())
    typed = _typed()
    told = _told(typed, breach.agency)
    seen = typed["version"]
    try:
        with transaction():
            mend_breach(
                breach,
                Told(breach.found_at, told.what, told.how, told.measures, told.people),
                int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
            )
    except Invalid as refusal:
        return _page(breach, typed, refusal.errors, status=422)
    except Conflict as conflict:
        return _page(get_breach(code, _agencies()), typed, {"what": str(conflict)}, status=409)
    flash(gettext("Saved."), "good")
    return see_other(f"{PATH}/{code}")


@bp.post("/kebocoran/<code>/<any(otoritas, orang, tutup):step>")
@requires("officer")
def take_breach_step(code: str, step: str) -> Response:
    """Note that the authority was told, tell the people, or close; each once."""
    breach = get_breach(code, _agencies())
    try:
        with transaction():
            take_step(breach, STEPS[step])  # type: ignore[arg-type]
    except Conflict as conflict:
        flash(str(conflict), "info")
    return see_other(f"{PATH}/{code}")


def _agencies() -> list[str]:
    agencies = protected(viewer().duties)
    if not agencies:
        raise NotFound("personal data")
    return agencies


def _typed() -> dict[str, str]:
    names = ("agency", "found_at", "what", "how", "measures", "people", "version")
    return {name: request.form.get(name, "")[:LONGEST] for name in names}


def _told(typed: dict[str, str], agency: str) -> Told:
    try:
        zone = ZoneInfo(catalogue().agency(agency).zone)
        found_at = datetime.strptime(typed["found_at"], "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
    except ValueError:
        found_at = None
    people = typed["people"].replace(".", "").strip()
    return Told(
        found_at=found_at,
        what=typed["what"],
        how=typed["how"],
        measures=typed["measures"],
        people=int(people) if people.isdecimal() and len(people) < 10 else -1,
    )


def _row(breach: Any) -> dict[str, Any]:
    agency = catalogue().agency(breach.agency)
    return {
        "href": f"{PATH}/{breach.code}",
        "agency": agency.short_name,
        "found_at": breach.found_at,
        "due_at": breach.due_at,
        "is_late": breach.people_told_at is None and breach.due_at < clock.now(),
        "people": breach.people,
        "state": _state(breach),
    }


def _state(breach: Any) -> str:
    if breach.closed_at:
        return "Selesai"
    if breach.authority_told_at and breach.people_told_at:
        return "Sudah diberitahukan"
    if breach.authority_told_at:
        return "Orang belum diberi tahu"
    return "Otoritas belum diberi tahu"


def _form(
    agencies: list[str], typed: dict[str, str], errors: dict[str, str] | None = None, *, status: int = 200
) -> Response:
    return answer(
        "officer/breach_new.html",
        status=status,
        agencies=[(code, catalogue().agency(code).short_name) for code in agencies],
        typed=typed,
        errors=errors or {},
        error_links=[(f"#f-{key}", words) for key, words in (errors or {}).items()],
        path=PATH,
    )


def _page(
    breach: Any,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    agency = catalogue().agency(breach.agency)
    stored = {
        "what": breach.what or "",
        "how": breach.how or "",
        "measures": breach.measures or "",
        "people": str(breach.people),
    }
    return answer(
        "officer/breach.html",
        status=status,
        breach=breach,
        agency=agency,
        state=_state(breach),
        is_late=breach.people_told_at is None and breach.due_at < clock.now(),
        reach=count_enrolled(breach.agency),
        typed=stored | {key: value for key, value in (typed or {}).items() if key in stored},
        errors=errors or {},
        error_links=[(f"#f-{key}", words) for key, words in (errors or {}).items()],
        path=PATH,
    )
