"""Reads of what happened to an application and what was said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from portal.extensions import db
from portal.models import ChatMessage, Event, EventText
from portal.queries.events import CHANGE


def list_messages(application_id: int) -> Sequence[Any]:
    """The whole talk, oldest first: seq, author_name, by_officer, text, written_at."""
    return db.session.execute(
        select(
            ChatMessage.seq,
            ChatMessage.author_name,
            ChatMessage.by_officer,
            ChatMessage.text.label("said"),
            ChatMessage.written_at,
        )
        .where(ChatMessage.application_id == application_id)
        .order_by(ChatMessage.seq)
    ).all()


def last_message_seq(application_id: int) -> int:
    """The number of the newest message, 0 when nobody wrote yet; what a poll asks first."""
    return db.session.scalar(select(func.max(ChatMessage.seq)).where(ChatMessage.application_id == application_id)) or 0


def find_message(once_key: str) -> ChatMessage | None:
    """The message that was already written under a key that is used once."""
    return db.session.scalar(select(ChatMessage).where(ChatMessage.once_key == once_key))


@dataclass(frozen=True)
class History:
    """Everything about an application in one read: its events, and the talk among them."""

    events: list[Any]
    messages: list[Any]


def history_of(application_id: int) -> History:
    """Events (oldest first) and chat messages, which are events of their own kind."""
    rows = db.session.execute(
        select(
            *CHANGE,
            EventText.text.label("reason"),
            ChatMessage.author_name,
            ChatMessage.by_officer,
            ChatMessage.text.label("said"),
            ChatMessage.written_at,
        )
        .outerjoin(EventText, EventText.event_id == Event.id)
        .outerjoin(
            ChatMessage,
            and_(ChatMessage.application_id == Event.subject_id, ChatMessage.seq == Event.seq),
        )
        .where(Event.subject_type == "application", Event.subject_id == application_id)
        .order_by(Event.seq)
    ).all()
    return History(
        events=[row for row in rows if row.said is None],
        messages=[row for row in rows if row.said is not None],
    )
