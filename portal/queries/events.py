"""Reads of the event log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Event, EventText
from portal.queries.rows import AnyRow

# One event, without the words that were said with it.
CHANGE = (Event.seq, Event.at, Event.action, Event.actor_kind, Event.from_state, Event.to_state)


def find_last_change(application_id: int) -> AnyRow | None:
    """The last change of state, with the name of whoever made it."""
    return db.session.execute(
        select(Event.at, Event.action, Event.to_state, Account.name.label("actor_name"))
        .outerjoin(Account, Account.id == Event.actor_id)
        .where(
            Event.subject_type == "application",
            Event.subject_id == application_id,
            Event.from_state != Event.to_state,
        )
        .order_by(Event.seq.desc())
        .limit(1)
    ).one_or_none()


def list_events(application_id: int) -> Sequence[AnyRow]:
    """Everything that happened to an application, oldest first, with actors and texts."""
    return db.session.execute(
        select(
            *CHANGE,
            Account.name.label("actor_name"),
            EventText.text.label("said"),
        )
        .outerjoin(Account, Account.id == Event.actor_id)
        .outerjoin(EventText, EventText.event_id == Event.id)
        .where(Event.subject_type == "application", Event.subject_id == application_id)
        .order_by(Event.seq)
    ).all()
