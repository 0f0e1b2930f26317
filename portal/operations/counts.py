"""Exact counters of how many subjects stand in each state."""

from __future__ import annotations

from sqlalchemy import update

from portal.extensions import db
from portal.models import Application, StateCount
from portal.transaction import change


def enter(application: Application) -> None:
    """Count a subject that was just started."""
    _add(application, application.state, 1)


def move(application: Application, from_state: str, to_state: str) -> None:
    """Count a change of state; always in one order, so that two movers cannot deadlock."""
    if from_state == to_state:
        return
    for state, step in sorted(((from_state, -1), (to_state, 1))):
        _add(application, state, step)


def leave(application: Application) -> None:
    """Stop counting a subject, such as a draft that was thrown away."""
    _add(application, application.state, -1)


def _add(application: Application, state: str, step: int) -> None:
    where = {
        "agency": application.agency,
        "service": application.service,
        "office": application.office,
        "state": state,
    }
    matches = [getattr(StateCount, key) == value for key, value in where.items()]
    changed = change(update(StateCount).where(*matches).values(total=StateCount.total + step))
    if changed == 0:
        _insert(where, step)


def _insert(where: dict[str, str], step: int) -> None:
    """Insert the first row of a state; a second writer that meets it adds to it instead."""
    dialect = db.session.get_bind().dialect.name
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(StateCount).values(**where, total=step)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=list(where), set_={"total": StateCount.total + step})
    )
