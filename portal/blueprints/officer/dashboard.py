"""The figures that agencies declare for their officers: of their own offices, for one year (KAR-05 to KAR-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from portal import clock
from portal.auth.viewer import DutyView
from portal.blueprints.officer.declared_lists import YEAR, office_choices, office_label, year_choices
from portal.engine.declare import Agency, Box, Dashboard
from portal.queries.declared_lists import count_years, list_dashboards, offices_within
from portal.queries.reach import Reach
from portal.web.filters import number


def read_dashboards(duties: Sequence[DutyView], given: Mapping[str, str]) -> list[dict[str, Any]]:
    """[{title, service, boxes, years, year, offices, office, office_label}] of the agencies that declare boxes.

    given: `tahun` and `kantor` of the address; who works for an office has no choice of offices.
    """
    return [_board(*one, given) for one in list_dashboards(duties)]


def _board(agency: Agency, declared: Dashboard, reach: Reach, given: Mapping[str, str]) -> dict[str, Any]:
    choices = [] if reach.offices else office_choices(agency.code)
    office = given.get("kantor", "")
    if office not in {code for code, _ in choices}:
        office = ""
    asked = given.get("tahun", "")
    year = int(asked) if YEAR.fullmatch(asked) else clock.today(agency.zone).year
    counts = count_years(reach, offices_within(reach, office) or ())
    states = counts.get(year, {})
    figures = [sum(states.get(state, 0) for state in box.states) for box in declared.boxes]
    chosen = {"kantor": office, "tahun": str(year)}
    return {
        "title": f"{declared.title} {agency.short_name} {year}",
        "service": (agency.code, declared.service),
        "boxes": [
            _box(agency, box, figure if box.states else sum(figures), chosen)
            for box, figure in zip(declared.boxes, figures, strict=True)
        ],
        "years": year_choices(agency.zone, str(year), tuple(counts)),
        "year": str(year),
        "offices": choices or None,
        "office": office,
        "office_label": office_label(agency),
    }


def _box(agency: Agency, box: Box, figure: int, chosen: Mapping[str, str]) -> dict[str, Any]:
    behind = agency.lists.get(box.list)
    href = None
    if behind:
        values = {name: value for name, value in chosen.items() if value}
        if set(box.states) != set(behind.states):
            values["status"] = box.states[0]
        href = f"/petugas/daftar/{agency.code}/{box.list}?{urlencode(values)}"
    tone = box.tone if figure and box.tone != "neutral" else None
    return {"label": box.label, "value": number(figure), "href": href, "tone": tone}
