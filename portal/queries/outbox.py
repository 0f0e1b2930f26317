"""Reads of the outbox: the demo's page of sent messages, and how much waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Message


def list_newest(limit: int = 30) -> Sequence[Any]:
    """The newest messages that leave the portal, with their words; for the demo only."""
    return db.session.execute(
        select(
            Message.public_id,
            Message.channel,
            Message.agency,
            Message.recipient,
            Message.subject,
            Message.body,
            Message.state,
            Message.problem,
            Message.created_at,
        )
        .where(Message.channel != "inbox")
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()


def count_by_state() -> dict[str, int]:
    """State -> messages in it, for operators."""
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    return {row[0]: row[1] for row in rows}
