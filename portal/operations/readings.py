"""Readings: that an officer opened personal data is kept, with whose, what and when."""

from __future__ import annotations

from portal import clock
from portal.extensions import db
from portal.models import Reading


def log_reading(account_id: int, application_id: int | None, what: str, detail: str = "") -> None:
    """Keep one reading. what: detail, document, number, paper. detail: a public code, never a number."""
    db.session.add(
        Reading(
            account_id=account_id,
            application_id=application_id,
            what=what,
            detail=detail[:80],
            at=clock.now(),
        )
    )
    db.session.flush()
