"""The lists of applications and of registrations: one screen, two kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.list_face import draw_filters, draw_rows, draw_tabs, face_of
from portal.blueprints.officer.list_filters import NAMES, read_filters
from portal.operations.readings import log_reading
from portal.queries.counter import list_entries
from portal.queries.desk import count_states, list_cases, totals
from portal.transaction import transaction
from portal.web.fragments import answer, wants_partial
from portal.web.i18n import gettext
from portal.web.pagination import cut_page, read_cursor, with_value

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
    face = face_of(who.duties, kind)
    cursor = read_cursor(request.args)
    filters = read_filters(request.args, face.reach, face.zone, cursor)
    if filters.is_number and cursor is None:
        with transaction():
            log_reading(officer_id(who), None, "number", "list")
    rows = list_cases(face.reach, filters, officer_id(who), PAGE + 1)
    page = cut_page(rows, PAGE, cursor, lambda row: (row.sent_at, row.code))
    counts = totals(count_states(one.agency for one in face.reach), face.reach, filters)
    kept = {name: request.args[name] for name in NAMES if request.args.get(name)}
    return answer(
        "officer/list.html",
        "officer/_list.html",
        title=title,
        path=path,
        is_filtered=bool(kept),
        filter_form="" if wants_partial() else draw_filters(face, path, filters, kept),
        tabs=draw_tabs(face, path, filters, counts),
        rows=draw_rows(face, page.rows),
        shows_service=len(face.services) > 1,
        previous=_href(path, with_value(kept, page.previous)),
        next=_href(path, with_value(kept, page.next)),
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
