"""The lists of applications and of registrations: one screen, two kinds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import case_path, officer_id
from portal.blueprints.officer.list_filters import NAMES, read_filters
from portal.operations.readings import log_reading
from portal.queries.catalogue import catalogue
from portal.queries.counter import list_entries
from portal.queries.desk import EVERY, WAITING, Filters, count_states, list_cases, total_of
from portal.queries.reach import Reach, reach_of
from portal.transaction import transaction
from portal.web.filters import due, short_moments
from portal.web.fragments import answer
from portal.web.i18n import gettext
from portal.web.pagination import Page, cut_page, read_cursor, with_value

PAGE = 50


@bp.get("/permohonan")
@requires("officer")
def list_applications() -> Response:
    """Applications within reach, filtered by the address (SIN-84)."""
    return _show_list("service", "/petugas/permohonan", gettext("Applications"))


@bp.get("/pendaftaran")
@requires("officer")
def list_registrations() -> Response:
    """Registrations within reach: the same screen (SIN-86)."""
    return _show_list("registration", "/petugas/pendaftaran", gettext("Registrations"))


def _show_list(kind: str, path: str, title: str) -> Response:
    who = viewer()
    reach = reach_of(who.duties, catalogue(), (kind,))
    zone = catalogue().agency(who.duties[0].agency).zone
    cursor = read_cursor(request.args)
    filters = read_filters(request.args, reach, zone, cursor)
    if filters.is_number and cursor is None:
        with transaction():
            log_reading(officer_id(who), None, "number", "list")
    rows = list_cases(reach, filters, officer_id(who), PAGE + 1)
    page = cut_page(rows, PAGE, cursor, lambda row: (row.sent_at, row.code))
    counts = count_states(one.agency for one in reach)
    kept = {name: request.args[name] for name in NAMES if request.args.get(name)}
    return answer(
        "officer/list.html",
        "officer/_list.html",
        title=title,
        path=path,
        filters=filters,
        kept=kept,
        tabs=_tabs(path, reach, counts, filters, kept),
        rows=_rows(page, reach, zone),
        chips=_chips(reach),
        previous=_href(path, with_value(kept, page.previous)),
        next=_href(path, with_value(kept, page.next)),
        choices=_choices(reach),
        entries=_entries(who.duties) if kind == "registration" else [],
    )


def _entries(duties: Sequence[Any]) -> list[tuple[str, str]]:
    """(address, label) of each registration that this officer may write at the counter (SIN-20)."""
    entries = list_entries(duties)
    return [
        (
            f"/petugas/pendaftaran/{entry.form.agency.code}/baru",
            entry.action.label if len(entries) == 1 else f"{entry.action.label}: {entry.form.agency.short_name}",
        )
        for entry in entries
    ]


def _href(path: str, values: dict[str, Any] | None) -> str | None:
    if values is None:
        return None
    return f"{path}?{urlencode(values)}" if values else path


def _tabs(
    path: str, reach: Sequence[Reach], counts: Any, filters: Filters, kept: dict[str, str]
) -> list[dict[str, Any]]:
    """What waits for me, each state in which somebody is waited for, and everything."""
    states = {
        key: one.workflow.states[key].staff for one in reach for key in one.states() if one.workflow.states[key].waits
    }
    named = [(WAITING, gettext("Waiting for me")), *states.items(), (EVERY, gettext("All"))]
    service = {name: kept[name] for name in ("instansi", "layanan") if name in kept}
    narrowed = [one for one in reach if filters.agency in ("", one.agency)]
    return [
        {
            "label": label,
            "href": _href(path, service | ({} if key == WAITING else {"status": key})),
            "is_current": filters.state == key,
            "count": f"{total_of(counts, narrowed, key, filters.service):,}".replace(",", "."),
        }
        for key, label in named
    ]


class RowWords(NamedTuple):
    """One row in finished words. The template takes it apart by place: looking up names costs it a tenth of the page."""

    href: str
    code: str
    name: str
    service: str
    sent: str
    due: str
    is_late: bool
    chip: str  # key of the state's chip
    holder: str


def _rows(page: Page[Any], reach: Sequence[Reach], zone: str) -> list[RowWords]:
    """Rows as finished words, so that the template's loop stays flat."""
    services = {(one.agency, one.service.code): one for one in reach}
    words, today, sent = [], clock.today(zone), short_moments(zone)
    dues: dict[date, str] = {}  # Few days stand in many rows.
    for row in page.rows:
        one = services[row.agency, row.service]
        state = one.workflow.states.get(row.state)
        last = row.due_on if state is not None and state.clock == "running" else None
        words.append(
            RowWords(
                href=case_path(row.code),
                code=row.code,
                name=row.subject_name or "–",
                service=one.service.title,
                sent=sent(row.sent_at),
                due=_due_words(dues, last, today) if last else "",
                is_late=last is not None and last < today,
                chip=f"{row.agency}.{row.service}.{row.state}",
                holder=row.holder or "",
            )
        )
    return words


def _due_words(known: dict[date, str], last: date, today: date) -> str:
    if last not in known:
        known[last] = due(last, today)
    return known[last]


def _chips(reach: Sequence[Reach]) -> list[tuple[str, str, str]]:
    """(key, tone, label) of every state that a row may be in."""
    return [
        (f"{one.agency}.{one.service.code}.{key}", state.tone, state.staff)
        for one in reach
        for key, state in one.workflow.states.items()
    ]


def _choices(reach: Sequence[Reach]) -> dict[str, list[tuple[str, str]]]:
    """What the filters may be set to: (value, label) of agencies, services and states."""
    agencies = {one.agency: catalogue().agency(one.agency).short_name for one in reach}
    services = {one.service.code: one.service.title for one in reach}
    states = {key: one.workflow.states[key].staff for one in reach for key in one.states()}
    return {
        "agencies": sorted(agencies.items(), key=lambda pair: pair[1]),
        "services": sorted(services.items(), key=lambda pair: pair[1]),
        "states": [(WAITING, gettext("Waiting for me")), (EVERY, gettext("All")), *states.items()],
    }
