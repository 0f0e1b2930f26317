"""Events: the append-only, chained record of all that happened to a subject (XCT-15)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, Duty, Event, EventText, Membership, Officer, OfficerRequest

# Each has `seq` and `head`. Cases, and what happens to officers, their duties, and members of groups.
SUBJECTS: dict[str, Any] = {
    "application": Application,
    "duty": Duty,
    "membership": Membership,
    "officer": Officer,
    "officer_request": OfficerRequest,
}


@dataclass(frozen=True)
class Link:
    """One link of a chain: what the MAC of an event covers besides its predecessor."""

    subject_type: str
    subject_id: int
    seq: int
    actor_kind: str
    actor_id: int | None
    at: datetime
    action: str
    from_state: str
    to_state: str
    text_mac: str

    def material(self, previous: str) -> bytes:
        """The bytes under the MAC; times in whole microseconds so that databases agree."""
        parts = (
            previous,
            self.subject_type,
            self.subject_id,
            self.seq,
            self.actor_kind,
            self.actor_id if self.actor_id is not None else "-",
            f"{self.at:%Y-%m-%dT%H:%M:%S.%f}",
            self.action,
            self.from_state,
            self.to_state,
            self.text_mac,
        )
        return "\x1f".join(str(part) for part in parts).encode()


def record_event(
    subject_id: int,
    action: str,
    actor: Actor,
    *,
    from_state: str = "",
    to_state: str = "",
    text: str = "",
    at: datetime | None = None,
    subject_type: str = "application",
) -> Event:
    """Append the next event of a subject.

    The subject's row is locked by taking its next `seq`, so two writers cannot
    append behind the same head. Free text is kept apart, encrypted, and enters the
    chain only as a salted MAC: it can be erased without breaking the chain.
    """
    table = SUBJECTS[subject_type]
    seq, head = db.session.execute(
        update(table)
        .where(table.id == subject_id)
        .values(seq=table.seq + 1)
        .returning(table.seq, table.head)
        .execution_options(synchronize_session=False)
    ).one()
    vault = current_app.extensions["vault"]
    salt = secrets.token_hex(16) if text else ""
    link = Link(
        subject_type=subject_type,
        subject_id=subject_id,
        seq=seq,
        actor_kind=actor.kind,
        actor_id=actor.account_id,
        at=at or clock.now(),
        action=action,
        from_state=from_state,
        to_state=to_state,
        text_mac=vault.mac(f"{salt}\x1f{text}".encode()) if text else "",
    )
    event = Event(**vars(link), mac=vault.mac(link.material(head)))
    db.session.add(event)
    db.session.flush()
    if text:
        db.session.add(EventText(event_id=event.id, salt=salt, text=text))
    db.session.execute(
        update(table).where(table.id == subject_id).values(head=event.mac).execution_options(synchronize_session=False)
    )
    return event
