"""What people find in WhatsApp and in their mail: the newest messages of the outbox, with their links and codes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.extensions import db
from portal.models import Message


def messages(template: str, *, channel: str = "whatsapp", to: str = "") -> list[str]:
    """The texts that were written from a template, newest first."""
    db.session.remove()
    rows = db.session.scalars(
        select(Message).where(Message.template == template, Message.channel == channel).order_by(Message.id.desc())
    )
    return [row.body or "" for row in rows if to in ("", row.recipient)]


def code_in(text: str) -> str:
    """The six digits of a message."""
    return re.findall(r"\b\d{6}\b", text)[0]


def path_in(text: str) -> str:
    """The path of the link in a message, as a browser would open it."""
    found = re.search(r"https?://\S+", text)
    assert found, text
    parts = urlsplit(found[0].rstrip(".,"))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def states() -> set[str]:
    """The states of all messages together."""
    db.session.remove()
    return set(db.session.scalars(select(Message.state)))
