"""The inbox in the portal: what was sent stands there too, and is marked once it was seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from portal import clock
from portal.models import Message
from portal.transaction import change


def mark_seen(account_id: int, *, until: datetime) -> int:
    """Note that the person saw their news; returns how many were new.

    until: when the newest news on their page was written; what came since stays new.
    """
    return change(
        update(Message)
        .where(
            Message.account_id == account_id,
            Message.channel == "inbox",
            Message.seen_at.is_(None),
            Message.created_at <= until,
        )
        .values(seen_at=clock.now())
    )
