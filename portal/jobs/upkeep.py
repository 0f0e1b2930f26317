"""Periodic jobs: timers of workflows, what got lost on its way, what is to be erased, and the daily anchor."""

from __future__ import annotations

from contextlib import suppress

import structlog
from flask import current_app

from portal import clock
from portal.errors import Refusal
from portal.integrations.storage import BlobMissing
from portal.operations import abandoned, audit, delivery, upkeep
from portal.operations.signing import free_dead_attempts
from portal.transaction import transaction

log = structlog.get_logger(__name__)


def expire_timers() -> None:
    """Do what time asks for, each subject in a transaction of its own.

    One that fails does not stop the others, and holds its watermark back, so that it is tried again.
    """
    for hand in list(upkeep.list_hands()):
        now = clock.now()
        mark = now
        for application_id in list(upkeep.list_struck(hand, now)):
            try:
                with transaction():
                    upkeep.strike(hand, application_id)
            except Refusal as refusal:
                log.warning(
                    "timer_refused",
                    application=application_id,
                    action=hand.action,
                    reason=type(refusal).__name__,
                )
                # The window of the next run begins just before this subject.
                mark = min(mark, upkeep.held_back(hand, application_id) or mark)
        with transaction():
            upkeep.set_watermark(hand, mark)


def sweep() -> None:
    """Enqueue what waits although nobody works on it: messages, ended leases, papers, dead signing attempts."""
    with transaction():
        delivery.sweep_outbox()
        upkeep.sweep_papers(retry_failed=False)
        free_dead_attempts()


def erase_stale() -> None:
    """Erase what is no longer needed; the demo keeps its messages, because there they are the mailbox."""
    with transaction():
        upkeep.erase_expired_rows()
    for application_id in abandoned.list_abandoned():
        with transaction():
            abandoned.erase_abandoned(application_id)
    with transaction():
        upkeep.mark_stale_files()
        upkeep.sweep_papers(retry_failed=True)
    if not current_app.extensions["config"].demo:
        with transaction():
            delivery.erase_bodies()
    _erase_blobs()


def anchor_audit() -> str:
    """Anchor today's heads in the database, then in the file beside it; returns what was anchored."""
    with transaction():
        anchor = audit.anchor_heads()
    audit.write_anchor_lines()
    return f"{anchor.day}: {anchor.heads} heads, {anchor.digest}"


def _erase_blobs() -> None:
    storage = current_app.extensions["storage"]
    while rows := upkeep.list_erased_files():
        for row in rows:
            for blob in filter(None, (row.blob, row.thumbnail_blob)):
                # A name that no storage knows holds nothing that could be left behind.
                with suppress(BlobMissing):
                    storage.delete(blob)
        with transaction():
            for row in rows:
                upkeep.forget_blob(row.id)
