"""Reports of a provider on what became of a message: delivered, read or failed, in any order (XCT-01)."""

from __future__ import annotations

from sqlalchemy import or_, select

from portal import clock
from portal.extensions import db
from portal.models import Message
from portal.operations.delivery import give_up

# A later state never goes back to an earlier one, in whatever order the reports come.
EARLIER = {
    "sent": ("queued", "sending", "failed"),
    "delivered": ("queued", "sending", "failed", "sent"),
    "read": ("queued", "sending", "failed", "sent", "delivered"),
    "failed": ("sending", "sent"),
}


def record_report(status: str, *, provider_id: str, public_id: str, problem: str = "") -> bool:
    """Take over what the provider reports of one message; the same report again changes nothing.

    status: sent, delivered, read or failed. Returns whether anything changed.
    """
    earlier = EARLIER.get(status)
    if earlier is None:
        return False
    message = db.session.scalar(
        select(Message).where(
            or_(Message.provider_id == provider_id, Message.public_id == public_id),
            Message.channel == "whatsapp",
            Message.state.in_(earlier),
        )
    )
    if message is None:
        return False
    message.provider_id = message.provider_id or provider_id
    if status == "failed":
        message.problem = problem[:200]
        give_up(message)
    else:
        message.state, message.lease = status, None
        message.sent_at = message.sent_at or clock.now()
    db.session.flush()
    return True
