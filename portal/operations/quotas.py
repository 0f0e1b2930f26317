"""How much one account or one network may do in a while: loose for families and kiosks, in the way of machines."""

from __future__ import annotations

from datetime import timedelta

from portal.operations.throttle import Wait, take

UPLOADS_A_DAY = 300  # a family's papers at an internet café, photographed twice
LINES_A_MINUTE = 20  # of the talk, of one account
CHECKS_A_MINUTE = 60  # of papers, of one network: a whole village office may stand behind one


def take_upload(account_id: int) -> Wait | None:
    """Count a file that is being sent, whatever becomes of it; a Wait when the day's files are used up."""
    return take(f"uploads:{account_id}", UPLOADS_A_DAY, timedelta(days=1))


def take_line(account_id: int) -> Wait | None:
    """Count a message of the talk; a Wait when too many were written within a minute."""
    return take(f"talk:{account_id}", LINES_A_MINUTE, timedelta(minutes=1))


def take_check(network: str) -> Wait | None:
    """Count a file whose genuineness is asked; a Wait when a network asks too often."""
    return take(f"check:{network}", CHECKS_A_MINUTE, timedelta(minutes=1))
