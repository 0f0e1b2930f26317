"""The officers' lists: Core rows read by keyset through ordered index scans, and exact counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, select, tuple_

from portal.errors import NotFound
from portal.extensions import db
from portal.models import Application, Event, StateCount
from portal.queries.case_list import CASE, SHOWN, Scan, like_pattern, read_page
from portal.queries.catalogue import catalogue
from portal.queries.reach import Duty, Reach, reach_of
from portal.queries.reading import read_rows
from portal.queries.rows import AnyRow, AnySelect

NUMBER = re.compile(r"^\d{16}$")
CODE = re.compile(r"^[A-Za-z]{2,6}\d[\dA-Za-z-]*$")
WAITING, EVERY = "menunggu", "semua"  # what `state` may say besides a state's key
MINE, FREE = "saya", "kosong"


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


COUNTED = StateCount.__table__.c


def list_cases(reach: Sequence[Reach], filters: Filters, account_id: int, limit: int) -> Sequence[AnyRow]:
    """Up to `limit` rows in reading order, within reach, with the name of who holds each."""
    scans = list(_scans(reach, filters))
    if not scans:
        return []
    descending = filters.newest_first != filters.is_backwards
    narrowed_by = narrowings(filters, account_id)
    return read_page(scans, narrowed_by, filters.edge, descending=descending, limit=limit)


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
        yield Scan(agency, services, offices, state)


def narrowings(filters: Filters, account_id: int) -> dict[str, Any]:
    """What `read_page` narrows the rows to, agency, service and state aside."""
    found: dict[str, Any] = {}
    if filters.held:
        found["mine" if filters.held == MINE else "free"] = account_id
    if filters.since:
        found["since"] = filters.since
    if filters.until:
        found["until"] = filters.until
    if filters.is_number:
        found["digest"] = current_app.extensions["vault"].digest("nik", filters.text)
    elif CODE.match(filters.text):
        found["code"] = like_pattern(filters.text.upper(), anywhere=False)
    elif filters.text:
        found["name"] = like_pattern(filters.text.lower(), anywhere=True)
    return found


def count_states(agencies: Iterable[str]) -> Sequence[AnyRow]:
    """The exact counters of some agencies: (agency, service, office, state, total)."""
    values = {f"agency_{place}": agency for place, agency in enumerate(sorted(set(agencies)))}
    return read_rows(_counts_of(len(values)), values) if values else []


@lru_cache
def _counts_of(agencies: int) -> AnySelect:
    return select(COUNTED.agency, COUNTED.service, COUNTED.office, COUNTED.state, COUNTED.total).where(
        COUNTED.agency.in_([bindparam(f"agency_{place}") for place in range(agencies)]), COUNTED.total > 0
    )


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


def totals(counts: Sequence[AnyRow], reach: Sequence[Reach], filters: Filters) -> dict[str, int]:
    """Add the counters that lie within reach and a list's agency and service: by state, EVERY and WAITING."""
    wanted = {
        (one.agency, one.service.code): (one.offices, frozenset(one.states()), frozenset(one.waiting()))
        for one in reach
        if filters.agency in ("", one.agency) and filters.service in ("", one.service.code)
    }
    found = {EVERY: 0, WAITING: 0}
    for agency, service, office, state, total in counts:
        offices, states, waiting = wanted.get((agency, service), (frozenset(), frozenset(), frozenset()))
        if state in states and (not offices or office in offices):
            found[state] = found.get(state, 0) + total
            found[EVERY] += total
            if state in waiting:
                found[WAITING] += total
    return found


def list_held(reach: Sequence[Reach], account_id: int, limit: int) -> Sequence[AnyRow]:
    """What the officer has taken and not yet handed on, oldest first."""
    services = [(one.agency, one.service.code) for one in reach]
    return db.session.execute(
        select(*(CASE[name] for name in SHOWN))
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
