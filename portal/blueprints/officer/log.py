"""The event log, for those who supervise: by officer, application and time, to be read only (XCT-15)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import case_path
from portal.blueprints.officer.duty_forms import role_label
from portal.blueprints.officer.list_filters import read_day
from portal.errors import NotFound
from portal.queries.audit import PAGE, find_officers, search_events, supervised
from portal.queries.catalogue import catalogue
from portal.queries.duties import DUTY_ZONE
from portal.web.filters import short_moment
from portal.web.fragments import answer
from portal.web.i18n import gettext
from portal.web.pagination import Cursor, cut_page, read_cursor, with_value

PATH = "/petugas/catatan"
NAMES = ("petugas", "kode", "dari", "sampai")


@bp.get("/catatan")
@requires("officer")
def search_log() -> Response:
    """Who did what to which application, newest first; every filter stands in the address."""
    scopes = supervised(viewer().duties)
    if not scopes:
        raise NotFound("log")
    zone = catalogue().agency(next(iter(scopes))).zone
    kept = {name: text for name in NAMES if (text := " ".join(request.args.get(name, "").split())[:80])}
    cursor = read_cursor(request.args)
    rows = search_events(
        scopes,
        officers=find_officers(scopes, kept["petugas"]) if "petugas" in kept else None,
        code=kept.get("kode", "").upper(),
        since=read_day(kept.get("dari", ""), zone),
        until=read_day(kept.get("sampai", ""), zone, days=1),
        edge=_edge(cursor),
        is_backwards=cursor is not None and cursor.is_backwards,
        limit=PAGE + 1,
    )
    page = cut_page(rows, PAGE, cursor, lambda row: (row.at, f"{row.code}-{row.seq}"))
    return answer(
        "officer/log.html",
        "officer/_log.html",
        path=PATH,
        kept=kept,
        rows=[_row(row) for row in page.rows],
        previous=_href(with_value(kept, page.previous)),
        next=_href(with_value(kept, page.next)),
    )


def _edge(cursor: Cursor | None) -> tuple[Any, str, int] | None:
    """The event at the edge, named by its application and its number there; a mangled one is none."""
    code, _, seq = cursor.code.rpartition("-") if cursor else ("", "", "")
    is_whole = cursor is not None and code and seq.isascii() and seq.isdigit() and len(seq) < 10
    return (cursor.at, code, int(seq)) if cursor and is_whole else None


def _href(values: dict[str, Any] | None) -> str | None:
    return f"{PATH}?{urlencode(values)}" if values else None


def _row(row: Any) -> dict[str, str]:
    """One event as finished words; a citizen's name stays in the case."""
    if row.subject_type != "application":
        return _staff_row(row)
    agency = catalogue().agency(row.agency)
    service = catalogue().services[row.agency].get(row.service)
    workflow = catalogue().workflow(row.agency, service.workflow) if service else None
    action = workflow.actions.get(row.action) if workflow else None
    states = workflow.states if workflow else {}
    names = [states[key].staff if key in states else key for key in (row.from_state, row.to_state)]
    who = {"applicant": gettext("Applicant"), "system": gettext("The system")}
    return {
        "at": short_moment(row.at, agency.zone),
        "who": who.get(row.actor_kind) or row.actor_name or "–",
        "did": action.label if action else gettext("event " + row.action),
        "code": row.code,
        "href": f"{case_path(row.code)}/riwayat" if row.sent_at else "",
        "change": " → ".join(names) if row.from_state and names[0] != names[1] else "",
    }


def _staff_row(row: Any) -> dict[str, str]:
    """An event of an officer or a duty: whom it concerns stands where a case has its code."""
    zone = catalogue().agency(row.agency).zone if row.agency else DUTY_ZONE
    role = role_label(row.agency, row.role) if row.role else ""
    changed = row.from_state and row.to_state
    return {
        "at": short_moment(row.at, zone),
        "who": gettext("The system") if row.actor_kind == "system" else row.actor_name or "–",
        "did": gettext("event " + row.action),
        "code": " · ".join(part for part in (row.concerned, role) if part),
        "href": "",
        "change": f"{row.from_state} → {row.to_state}" if changed else row.to_state,
    }
