"""Exact counters of how many subjects stand in each state, and of registrations also by the year they were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from portal.extensions import db
from portal.models import Application, StateCount, YearCount
from portal.queries.catalogue import declared_for
from portal.transaction import change

Table = type[StateCount] | type[YearCount]


def enter(application: Application) -> None:
    """Count a subject that was just started."""
    _add(StateCount, _place(application, application.state), 1)


def move(application: Application, from_state: str, to_state: str) -> None:
    """Count a change of state; always in one order, so that two movers cannot deadlock."""
    if from_state == to_state:
        return
    steps = sorted(((from_state, -1), (to_state, 1)))
    for state, step in steps:
        _add(StateCount, _place(application, state), step)
    if application.kind != "registration" or application.sent_at is None:
        return
    year = _year(application, application.sent_at)
    for state, step in steps:
        _add_to_year(application, state, year, step)


def change_year(application: Application, sent_at: datetime) -> None:
    """Count a registration that is sent in the year of this sending, before it says so itself."""
    if application.kind != "registration":
        return
    old = _year(application, application.sent_at) if application.sent_at else None
    new = _year(application, sent_at)
    if old == new:
        return
    if old is not None:
        _add_to_year(application, application.state, old, -1)
    _add_to_year(application, application.state, new, 1)


def leave(application: Application) -> None:
    """Stop counting a subject, such as a draft that was thrown away."""
    _add(StateCount, _place(application, application.state), -1)
    if application.kind == "registration" and application.sent_at is not None:
        _add_to_year(application, application.state, _year(application, application.sent_at), -1)


def _add_to_year(application: Application, state: str, year: int, step: int) -> None:
    # What lies on the applicant's own desk is no registration of any year yet.
    if state != declared_for(application).workflow.start:
        _add(YearCount, {**_place(application, state), "year": year}, step)


def _year(application: Application, at: datetime) -> int:
    return at.astimezone(ZoneInfo(declared_for(application).agency.zone)).year


def _place(application: Application, state: str) -> dict[str, Any]:
    return {
        "agency": application.agency,
        "service": application.service,
        "office": application.office,
        "state": state,
    }


def _add(table: Table, where: dict[str, Any], step: int) -> None:
    matches = [getattr(table, key) == value for key, value in where.items()]
    changed = change(update(table).where(*matches).values(total=table.total + step))
    if changed == 0:
        _insert(table, where, step)


def _insert(table: Table, where: dict[str, Any], step: int) -> None:
    """Insert the first row of a state; a second writer that meets it adds to it instead."""
    dialect = db.session.get_bind().dialect.name
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table).values(**where, total=step)
    db.session.execute(statement.on_conflict_do_update(index_elements=list(where), set_={"total": table.total + step}))
