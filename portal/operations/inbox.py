"""The inbox in the portal: what was sent stands there too, and is marked once it was seen."""

from __future__ import annotations

from sqlalchemy import update

from portal import clock
from portal.models import Message
from portal.transaction import change


def mark_seen(account_id: int, up_to: int | None = None) -> int:
    """Note that the person saw their news, up to a message id if one is given; returns how many were new."""
    statement = update(Message).where(
        Message.account_id == account_id,
        Message.channel == "inbox",
        Message.seen_at.is_(None),
    )
    if up_to is not None:
        statement = statement.where(Message.id <= up_to)
    return change(statement.values(seen_at=clock.now()))
