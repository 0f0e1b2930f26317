"""Effects that send news to the applicant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.operations.outbox import notify_applicant

if TYPE_CHECKING:
    from portal.operations.perform import Performed


def notify(performed: Performed, key: str) -> None:
    """Send a message of the agency to the applicant, once for this very event; it may name the officer's reason."""
    notify_applicant(
        performed.application,
        key,
        dedupe=f"event:{performed.event.id}:{key}",
        values={"reason": performed.payload.reason} if performed.payload.reason else None,
    )


EFFECTS = {"notify": notify}
