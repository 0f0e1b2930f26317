"""The lists that an agency declares for its officers: filters in the address, pages by keyset, acts in the row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.declared_rows import draw_rows
from portal.blueprints.officer.desk import officer_id
from portal.blueprints.officer.list_filters import read_day
from portal.engine.declare import Agency
from portal.operations.readings import log_reading
from portal.queries.catalogue import catalogue
from portal.queries.declared_lists import OwnList, Wanted, get_own_list, list_rows
from portal.queries.desk import Filters
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer
from portal.web.i18n import gettext
from portal.web.pagination import Cursor, cut_page, read_cursor, with_value

PAGE = 50
YEAR = re.compile(r"20\d\d")
# What `urut` says -> sort key, is it turned around.
ORDERS = {"lama": ("sent", False), "baru": ("sent", True), "a-z": ("name", False), "z-a": ("name", True)}
SHOWN_YEARS = 5


@bp.get("/daftar/<agency>/<key>")
@requires("officer")
def show_declared_list(agency: str, key: str) -> Response:
    """One list, as its agency declares it (KAR-11 to KAR-14, KAR-26, KAR-27, SKK-14)."""
    who = viewer()
    own = get_own_list(who.duties, agency, key)
    show_agency(agency)
    kept = _kept(own, request.args)
    cursor = read_cursor(request.args)
    wanted = _wanted(own, kept, cursor)
    if wanted.filters.is_number and cursor is None:
        with transaction():
            log_reading(officer_id(who), None, "number", "list")
    page = cut_page(
        list_rows(own, wanted, officer_id(who), PAGE + 1), PAGE, cursor, lambda row: (row.sent_at, row.code)
    )
    return answer(
        "officer/declared_list.html",
        "officer/_declared_list.html",
        title=own.declared.title,
        path=own.path,
        heads=[column.label for column in own.declared.columns],
        rows=draw_rows(own, page.rows, who.duties),
        is_filtered=bool(kept),
        kept=kept,
        selects=_selects(own, kept),
        previous=_href(own.path, with_value(kept, page.previous)),
        next=_href(own.path, with_value(kept, page.next)),
    )


def _kept(own: OwnList, given: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address; what is not a choice here is as if it were not given."""
    found = {
        name: given[name]
        for name, _, options, _ in _selects(own, given)
        if given.get(name) and given[name] in {value for value, _ in options}
    }
    text = " ".join(given.get("q", "").split())[:80]
    return {"q": text, **found} if text else found


def _wanted(own: OwnList, kept: Mapping[str, str], cursor: Cursor | None) -> Wanted:
    year, zone, state = kept.get("tahun", ""), own.agency.zone, kept.get("status", "")
    sort, is_turned = ORDERS.get(kept.get("urut", ""), (own.declared.sorts[0], own.declared.newest_first))
    filters = Filters(
        text=kept.get("q", ""),
        since=read_day(f"{year}-01-01", zone) if year else None,
        until=read_day(f"{int(year) + 1}-01-01", zone) if year else None,
        newest_first=is_turned,
        edge=(cursor.at, cursor.code) if cursor else None,
        is_backwards=cursor is not None and cursor.is_backwards,
    )
    return Wanted(
        states=(state,) if state else own.declared.states,
        filters=filters,
        office=kept.get("kantor", ""),
        facets={key: kept[key] for key in own.declared.filters if key in kept},
        sort=sort,
    )


def _selects(own: OwnList, given: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """(name, label, (value, label) of each choice, what no choice says) of each select of the filters."""
    declared, states = own.declared, own.reach.workflow.states
    every = gettext("All")
    found = []
    for key in declared.filters:
        question = own.reach.service.field(key)
        assert question is not None, "portal check proves it"
        found.append((key, question.label, [(option.value, option.label) for option in question.options], every))
    keys = (*declared.states, *declared.also)
    if len(keys) > 1:
        usual = states[keys[0]].staff if len(declared.states) == 1 else every
        found.append(("status", gettext("State"), [(key, states[key].staff) for key in keys], usual))
    if not own.reach.offices:
        found.append(("kantor", office_label(own.agency), office_choices(own.agency.code), every))
    found.append(("tahun", gettext("Year"), year_choices(own.agency.zone, given.get("tahun", "")), every))
    found.append(("urut", gettext("Order"), _orders(declared.sorts), gettext("As usual")))
    return found


def office_label(agency: Agency) -> str:
    """What the agency calls its offices: the heading of their column in its lists."""
    columns = (column for one in agency.lists.values() for column in one.columns)
    return next((column.label for column in columns if column.shows == "office"), gettext("Office"))


def office_choices(agency: str) -> list[tuple[str, str]]:
    """The offices of an agency, those below another one behind it."""
    offices = catalogue().offices.get(agency, ())
    ordered = sorted(offices, key=lambda one: (one.parent or one.code, bool(one.parent), one.code))
    return [(one.code, f"– {one.name}" if one.parent else one.name) for one in ordered]


def year_choices(zone: str, asked: str, known: tuple[int, ...] = ()) -> list[tuple[str, str]]:
    """This year and some before it, with those that are known and the one that is asked for, newest first."""
    this = clock.today(zone).year
    years = {*range(this - SHOWN_YEARS + 1, this + 1), *known}
    if YEAR.fullmatch(asked):
        years.add(int(asked))
    return [(str(year), str(year)) for year in sorted(years, reverse=True)]


def _orders(sorts: tuple[str, ...]) -> list[tuple[str, str]]:
    labels = {
        "lama": gettext("Oldest first"),
        "baru": gettext("Newest first"),
        "a-z": gettext("Name A to Z"),
        "z-a": gettext("Name Z to A"),
    }
    return [(key, labels[key]) for key, (sort, _) in ORDERS.items() if sort in sorts]


def _href(path: str, values: dict[str, Any] | None) -> str | None:
    if values is None:
        return None
    return f"{path}?{urlencode(values)}" if values else path
