"""The lists that agencies declare for their officers: rows by keyset, what stands in them, and why they stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, func, select

from portal.engine.declare import Agency, CaseList, Dashboard
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Application, Event, EventText, Submission, YearCount
from portal.queries.case_list import FACET_NAME, Scan, read_page
from portal.queries.catalogue import catalogue
from portal.queries.desk import Filters, narrowings
from portal.queries.reach import Duty, Reach, offices_covered, reach_of
from portal.queries.rows import AnyRow

ORDERS = {"sent": "sent_at", "name": "subject_name"}


@dataclass(frozen=True)
class OwnList:
    """A declared list that an officer has, with how far it reaches."""

    key: str
    agency: Agency
    declared: CaseList
    reach: Reach

    @property
    def path(self) -> str:
        return f"/petugas/daftar/{self.agency.code}/{self.key}"


@dataclass(frozen=True)
class Wanted:
    """What such a list is narrowed to.

    office: that one with those below it, "" for all within reach. facets: key -> value.
    filters: text, year, order and page; its own agency, service and state are not looked at.
    """

    states: Sequence[str]
    filters: Filters
    office: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    sort: str = "sent"


def list_own_lists(duties: Iterable[Duty]) -> list[OwnList]:
    """Every declared list that these duties open, in declared order."""
    duties = list(duties)
    return [
        OwnList(key, agency, one, reach)
        for agency in _agencies(duties)
        for key, one in agency.lists.items()
        if (reach := _reach(duties, agency, one)) is not None
    ]


def get_own_list(duties: Iterable[Duty], agency: str, key: str) -> OwnList:
    """One of them, or NotFound."""
    for one in list_own_lists(duties):
        if (one.agency.code, one.key) == (agency, key):
            return one
    raise NotFound("list")


def list_dashboards(duties: Iterable[Duty]) -> list[tuple[Agency, Dashboard, Reach]]:
    """The boxes of each agency that declares some for these duties."""
    duties = list(duties)
    return [
        (agency, agency.dashboard, reach)
        for agency in _agencies(duties)
        if agency.dashboard is not None and (reach := _reach(duties, agency, agency.dashboard)) is not None
    ]


def _agencies(duties: Sequence[Duty]) -> list[Agency]:
    declared = catalogue().agencies
    return [declared[code] for code in dict.fromkeys(duty.agency for duty in duties) if code in declared]


def _reach(duties: Sequence[Duty], agency: Agency, declared: CaseList | Dashboard) -> Reach | None:
    """How far the roles that have the list, or the boxes, reach in their service."""
    having = [
        duty for duty in duties if duty.agency == agency.code and (not declared.roles or duty.role in declared.roles)
    ]
    return next((one for one in reach_of(having, catalogue()) if one.service.code == declared.service), None)


def offices_within(reach: Reach, office: str) -> frozenset[str] | None:
    """The offices that a choice of one leaves; None where it lies beyond reach. Empty: all of the agency."""
    if not office:
        return reach.offices
    below = offices_covered(catalogue(), reach.agency, [office])
    return below if not reach.offices or office in reach.offices else None


def list_rows(own: OwnList, wanted: Wanted, account_id: int, limit: int) -> Sequence[AnyRow]:
    """Up to `limit` rows in reading order, as `case_list.read_page` gives them.

    One ordered index scan for each state, and for each office where not all of the agency are shown.
    """
    offices = offices_within(own.reach, wanted.office)
    if offices is None:
        return []
    each = [frozenset({office}) for office in sorted(offices)] or [frozenset[str]()]
    scans = [Scan(own.agency.code, [own.declared.service], one, state) for state in wanted.states for one in each]
    narrowed_by = narrowings(wanted.filters, account_id)
    if own.reach.service.kind == "registration":
        narrowed_by["registration"] = True
    narrowed_by |= {FACET_NAME + key: value for key, value in wanted.facets.items()}
    return read_page(
        scans,
        narrowed_by,
        wanted.filters.edge,
        descending=wanted.filters.newest_first != wanted.filters.is_backwards,
        limit=limit,
        by=ORDERS[wanted.sort],
    )


def read_contents(ids: Collection[int]) -> dict[int, AnyRow]:
    """By application: (office, mode, declaration_id, content of what was sent last), decrypted for these rows only."""
    rows = db.session.execute(
        select(
            Application.id,
            Application.office,
            Application.mode,
            Application.declaration_id,
            Submission.content,
        )
        .outerjoin(Submission, and_(Submission.application_id == Application.id, Submission.round == Application.round))
        .where(Application.id.in_(ids))
    )
    return {row.id: row for row in rows}


def read_reasons(ids: Collection[int]) -> dict[int, str]:
    """By application, the reason with which an officer brought it to the state in which it is."""
    rows = db.session.execute(
        select(Event.subject_id, EventText.text)
        .join(EventText, EventText.event_id == Event.id)
        .join(Application, and_(Application.id == Event.subject_id, Application.state == Event.to_state))
        .where(
            Event.subject_type == "application",
            Event.subject_id.in_(ids),
            Event.actor_kind == "officer",
            Event.from_state != Event.to_state,
            EventText.text.is_not(None),
        )
        .order_by(Event.seq)
    )
    return {row.subject_id: row.text for row in rows}


def count_years(reach: Reach, offices: Collection[str]) -> dict[int, dict[str, int]]:
    """Registrations by year and state at these offices (none: all), the newest year first; from exact counters."""
    statement = select(YearCount.year, YearCount.state, func.sum(YearCount.total).label("total")).where(
        YearCount.agency == reach.agency, YearCount.service == reach.service.code
    )
    if offices:
        statement = statement.where(YearCount.office.in_(sorted(offices)))
    found: dict[int, dict[str, int]] = {}
    statement = statement.group_by(YearCount.year, YearCount.state).order_by(YearCount.year.desc())
    for year, state, total in db.session.execute(statement):
        found.setdefault(year, {})[state] = int(total)
    return found
