"""The officers' lists: Core rows read by keyset through ordered index scans, and exact counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import func, literal, select, tuple_, union_all

from portal.errors import NotFound
from portal.extensions import db
from portal.models import Account, Application, Event, StateCount
from portal.queries.catalogue import catalogue
from portal.queries.reach import Duty, Reach, reach_of
from portal.queries.rows import AnyRow, AnySelect

NUMBER = re.compile(r"^\d{16}$")
CODE = re.compile(r"^[A-Za-z]{2,6}\d[\dA-Za-z-]*$")
WAITING, EVERY = "menunggu", "semua"  # what `state` may say besides a state's key
MINE, FREE = "saya", "kosong"
Scan = tuple[str, list[str], frozenset[str], str]  # agency, services, offices, state


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; every value may be empty.

    state: a state's key, EVERY, or WAITING (what waits for the officer's roles).
    since, until: aware moments, until exclusive. edge: (sent at, code) of the row where the
    page that was left ended; `is_backwards` reads away from it against the order.
    """

    agency: str = ""
    service: str = ""
    state: str = WAITING
    held: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    newest_first: bool = False
    edge: tuple[datetime, str] | None = None
    is_backwards: bool = False

    @property
    def is_number(self) -> bool:
        """Whether somebody is looked for by a number, which is logged as a reading."""
        return bool(NUMBER.match(self.text))


COLUMNS = (
    Application.id,
    Application.code,
    Application.agency,
    Application.service,
    Application.state,
    Application.subject_name,
    Application.round,
    Application.claimed_by,
    Application.sent_at,
    Application.due_on,
)


def list_cases(reach: Sequence[Reach], filters: Filters, account_id: int, limit: int) -> Sequence[AnyRow]:
    """Up to `limit` rows in reading order, within reach, with the name of who holds each."""
    descending = filters.newest_first != filters.is_backwards
    branches = [
        _branch(scan, filters, account_id, descending=descending, limit=limit) for scan in _scans(reach, filters)
    ]
    if not branches:
        return []
    # Each branch is one ordered index scan; SQLite wants its limit inside a subquery.
    rows = union_all(*(select(branch.subquery()) for branch in branches)).subquery()
    order = (rows.c.sent_at.desc(), rows.c.id.desc()) if descending else (rows.c.sent_at, rows.c.id)
    return db.session.execute(
        select(rows, Account.name.label("holder"))
        .outerjoin(Account, Account.id == rows.c.claimed_by)
        .order_by(*order)
        .limit(limit)
    ).all()


def _scans(reach: Sequence[Reach], filters: Filters) -> Iterable[Scan]:
    """One index scan for each agency, its offices and a state; services with the same states share one."""
    grouped: dict[tuple[str, frozenset[str], str], list[str]] = {}
    for one in reach:
        if filters.agency not in ("", one.agency) or filters.service not in ("", one.service.code):
            continue
        if filters.state == WAITING:
            states = one.waiting()
        else:
            states = [key for key in one.states() if filters.state in (EVERY, key)]
        for state in states:
            grouped.setdefault((one.agency, one.offices, state), []).append(one.service.code)
    for (agency, offices, state), services in grouped.items():
        yield agency, services, offices, state


def _branch(scan: Scan, filters: Filters, account_id: int, *, descending: bool, limit: int) -> AnySelect:
    agency, services, offices, state = scan
    one = len(services) == 1
    found: AnySelect = select(*COLUMNS).where(
        Application.agency == agency,
        Application.state == state,
        Application.service == services[0] if one else Application.service.in_(services),
        Application.sent_at.is_not(None),
    )
    if offices:
        found = found.where(Application.office.in_(sorted(offices)))
    found = _narrowed(found, filters, account_id)
    place = tuple_(Application.sent_at, Application.id)
    if filters.edge:
        at, code = filters.edge
        row_id = select(Application.id).where(Application.code == code).scalar_subquery()
        edge = tuple_(literal(at, Application.sent_at.type), row_id)
        found = found.where(place < edge if descending else place > edge)
    order = (Application.sent_at, Application.id)
    return found.order_by(*(column.desc() for column in order) if descending else order).limit(limit)


def _narrowed(found: AnySelect, filters: Filters, account_id: int) -> AnySelect:
    if filters.held == MINE:
        found = found.where(Application.claimed_by == account_id)
    elif filters.held == FREE:
        found = found.where(Application.claimed_by.is_(None))
    if filters.since:
        found = found.where(Application.sent_at >= filters.since)
    if filters.until:
        found = found.where(Application.sent_at < filters.until)
    if filters.is_number:
        digest = current_app.extensions["vault"].digest("nik", filters.text)
        return found.where(Application.subject_digest == digest)
    if CODE.match(filters.text):
        return found.where(Application.code.startswith(filters.text.upper(), autoescape=True))
    if filters.text:
        name = func.lower(Application.subject_name)
        return found.where(name.contains(filters.text.lower(), autoescape=True))
    return found


def count_states(agencies: Iterable[str]) -> Sequence[AnyRow]:
    """The exact counters of some agencies: (agency, service, office, state, total)."""
    return db.session.execute(
        select(
            StateCount.agency,
            StateCount.service,
            StateCount.office,
            StateCount.state,
            StateCount.total,
        ).where(StateCount.agency.in_(sorted(set(agencies))), StateCount.total > 0)
    ).all()


def total_of(counts: Sequence[AnyRow], reach: Sequence[Reach], states: str, service: str = "") -> int:
    """Add the counters that lie within reach. states: a state's key, EVERY or WAITING."""
    wanted = {
        (one.agency, one.service.code): (
            one.offices,
            one.waiting() if states == WAITING else [k for k in one.states() if states in (EVERY, k)],
        )
        for one in reach
        if service in ("", one.service.code)
    }
    total = 0
    for row in counts:
        offices, keys = wanted.get((row.agency, row.service), (frozenset(), []))
        if row.state in keys and (not offices or row.office in offices):
            total += row.total
    return total


def list_held(reach: Sequence[Reach], account_id: int, limit: int) -> Sequence[AnyRow]:
    """What the officer has taken and not yet handed on, oldest first."""
    services = [(one.agency, one.service.code) for one in reach]
    return db.session.execute(
        select(*COLUMNS)
        .where(
            Application.claimed_by == account_id,
            tuple_(Application.agency, Application.service).in_(services),
        )
        .order_by(Application.sent_at, Application.id)
        .limit(limit)
    ).all()


def get_case(code: str, duties: Sequence[Duty], account_id: int) -> Application:
    """The application within reach of the duties; NotFound for every other, and for unsent drafts."""
    application: Application | None = db.session.scalar(select(Application).where(Application.code == code))
    if application is None:
        raise NotFound("application")
    refuse_beyond_reach(application, duties, account_id)
    return application


def refuse_beyond_reach(application: Application, duties: Sequence[Duty], account_id: int) -> None:
    """Raise NotFound unless the duties reach the application.

    A draft that was never sent is its applicant's alone, unless this officer writes it at the desk.
    """
    is_reached = any(one.covers(application) for one in reach_of(duties, catalogue()))
    is_sent = application.sent_at is not None or application.claimed_by == account_id
    if not is_reached or not is_sent or application.erased_at is not None:
        raise NotFound("application")


def did_last(application: Application, action: str, account_id: int, seen: int, actions: Iterable[str]) -> bool:
    """Whether the last act, right behind the version that was seen, was this very one.

    So a button that was pressed twice shows the result of the first press. actions: the keys of
    the workflow, because a message or a download is an event too but moves no version.
    """
    if application.version != seen + 1:
        return False
    last = db.session.execute(
        select(Event.action, Event.actor_id)
        .where(
            Event.subject_type == "application",
            Event.subject_id == application.id,
            Event.action.in_(sorted(actions)),
        )
        .order_by(Event.seq.desc())
        .limit(1)
    ).one_or_none()
    return last is not None and last.action == action and last.actor_id == account_id
