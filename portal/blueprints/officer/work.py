"""The front of the desk: the agency's figures, what waits for me today, and what I hold."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.dashboard import read_dashboards
from portal.blueprints.officer.desk import case_path, officer_id
from portal.queries.catalogue import catalogue
from portal.queries.desk import WAITING, Filters, count_states, list_cases, list_held, total_of
from portal.queries.reach import reach_of
from portal.web.filters import number, short_moment
from portal.web.fragments import answer, wants_partial
from portal.web.i18n import gettext

SHOWN = 10


@bp.get("/")
@requires("officer")
def show_work() -> Response:
    """Counts of what waits for my roles, the cases I hold, and the oldest that wait."""
    who = viewer()
    dashboards = read_dashboards(who.duties, request.args)
    if wants_partial():
        return answer("officer/work.html", "officer/_dashboard.html", dashboards=dashboards, path=request.path)
    reach = reach_of(who.duties, catalogue())
    counts = count_states(one.agency for one in reach)
    names = {(one.agency, one.service.code): one for one in reach}
    shown = {board["service"] for board in dashboards}
    held = list_held(reach, officer_id(who), SHOWN)
    waiting = list_cases(reach, Filters(state=WAITING), officer_id(who), SHOWN)
    return answer(
        "officer/work.html",
        dashboards=dashboards,
        path=request.path,
        boxes=_boxes([one for one in reach if (one.agency, one.service.code) not in shown], counts),
        held=[_row(row, names) for row in held],
        waiting=[_row(row, names) for row in waiting],
    )


def _boxes(reach: Any, counts: Any) -> list[dict[str, Any]]:
    """One figure for each state that waits for one of my roles."""
    boxes = []
    for one in reach:
        kind = "pendaftaran" if one.service.kind == "registration" else "permohonan"
        for key in one.waiting():
            total = total_of(counts, [one], key)
            state = one.workflow.states[key]
            boxes.append(
                {
                    "label": f"{one.service.title}: {state.staff}",
                    "value": number(total),
                    "href": f"/petugas/{kind}?layanan={one.service.code}&status={key}",
                    "tone": state.tone if total else None,
                }
            )
    return boxes


def _row(row: Any, names: Any) -> dict[str, Any]:
    one = names[row.agency, row.service]
    zone = catalogue().agency(row.agency).zone
    state = one.workflow.states.get(row.state)
    return {
        "href": case_path(row.code),
        "code": row.code,
        "name": row.subject_name or "–",
        "service": one.service.title,
        "state": state.staff if state else row.state,
        "sent": short_moment(row.sent_at, zone) if row.sent_at else gettext("not sent"),
    }
