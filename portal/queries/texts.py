"""The texts of messages as they are sent: declared in the files, until an admin keeps others (XCT-01)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.engine.declare import Message
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Kept
from portal.queries.catalogue import catalogue

PARTS = ("whatsapp", "subject", "email")


@dataclass(frozen=True)
class Text:
    """One message: as declared, as sent now, and when an admin last changed it (None: never)."""

    declared: Message
    current: Message
    changed_at: datetime | None

    @property
    def stamp(self) -> str:
        """What a form carries, so that nobody overwrites what they never saw."""
        return self.changed_at.isoformat() if self.changed_at else ""


def setting_of(key: str) -> str:
    """Under which an admin's texts of a message are kept."""
    return f"message:{key}"


def current_message(agency: str, key: str) -> Message:
    """The message with the texts to send now."""
    declared = catalogue().messages[agency][key]
    value = db.session.scalar(
        select(Kept.value).where(Kept.agency == agency, Kept.service == "", Kept.key == setting_of(key))
    )
    return _with(declared, value)


def get_text(agency: str, key: str) -> Text:
    """One message of an agency, or NotFound."""
    declared = catalogue().messages.get(agency, {}).get(key)
    if declared is None:
        raise NotFound("message")
    kept = db.session.scalar(select(Kept).where(Kept.agency == agency, Kept.service == "", Kept.key == setting_of(key)))
    return Text(declared, _with(declared, kept.value if kept else None), kept.changed_at if kept else None)


def list_texts(agency: str) -> list[tuple[Message, bool]]:
    """Every message of an agency by key, and whether an admin changed it."""
    kept = set(
        db.session.scalars(
            select(Kept.key).where(Kept.agency == agency, Kept.service == "", Kept.key.startswith("message:"))
        )
    )
    declared = catalogue().messages[agency]
    return [(declared[key], setting_of(key) in kept) for key in sorted(declared)]


def _with(declared: Message, value: str | None) -> Message:
    if value is None:
        return declared
    texts = json.loads(value)
    return declared.model_copy(update={part: texts[part] for part in PARTS if part in texts})
