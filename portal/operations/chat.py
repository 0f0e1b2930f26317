"""The talk about an application: a message is an event, its text can be erased (SIN-75)."""

from __future__ import annotations

import hashlib

from portal.engine.workflow import Actor
from portal.errors import Invalid
from portal.extensions import db
from portal.models import Application, ChatMessage
from portal.operations.events import record_event
from portal.queries.chat import find_message

LONGEST = 2000


def write_message(application: Application, actor: Actor, *, name: str, text: str, once_key: str = "") -> ChatMessage:
    """Add one message; the same `once_key` of the same author again returns the first message.

    The text lies sealed in the message, and in the event as a salted MAC. Raises Invalid for
    a text that is empty or longer than 2,000 characters.
    """
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise Invalid({"text": "Tulis pesannya dulu."})
    if len(said) > LONGEST:
        raise Invalid({"text": f"Pesan terlalu panjang. Tulis paling banyak {LONGEST} huruf."})
    # The row of the application is locked first: two presses of one button follow each other.
    db.session.refresh(application, with_for_update=True)
    key = _once(application, actor, once_key)
    if key and (first := find_message(key)):
        return first
    event = record_event(application.id, "chat", actor, text=said)
    message = ChatMessage(
        application_id=application.id,
        seq=event.seq,
        author_id=actor.account_id,
        by_officer=actor.kind == "officer",
        author_name=name,
        text=said,
        once_key=key,
        written_at=event.at,
    )
    db.session.add(message)
    db.session.flush()
    return message


def _once(application: Application, actor: Actor, once_key: str) -> str | None:
    """Bound to who writes about what, so that nobody can use up somebody else's key."""
    if not once_key:
        return None
    words = f"{application.id}:{actor.kind}:{actor.account_id}:{once_key}"
    return hashlib.sha256(words.encode()).hexdigest()
