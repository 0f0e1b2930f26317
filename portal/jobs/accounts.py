"""Jobs of accounts: links for forgotten passwords, and recoveries whose time to object is over."""

from __future__ import annotations

from portal.operations import passwords, recovery
from portal.transaction import transaction


def send_reset(wish_id: int) -> None:
    """Look whether a wish for a new password fits anybody, and send the link if so."""
    with transaction():
        passwords.send_resets(wish_id)


def end_recoveries() -> None:
    """Send the link of each recovery that nobody stopped, and do what lost jobs left."""
    for recovery_id in recovery.list_due():
        with transaction():
            recovery.finish_recovery(recovery_id)
    for wish_id in passwords.list_lost_wishes():
        with transaction():
            passwords.send_resets(wish_id)
