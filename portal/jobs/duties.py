"""The periodic job that ends duties whose last day has passed."""

from __future__ import annotations

import structlog

from portal import clock
from portal.errors import Refusal
from portal.operations.duties import expire_duty
from portal.queries.duties import DUTY_ZONE, list_over
from portal.transaction import transaction

log = structlog.get_logger(__name__)
BATCH = 100


def end_duties() -> None:
    """Close each in a transaction of its own; one that fails stops no other. The rest waits for the next turn."""
    for duty_id in list_over(clock.today(DUTY_ZONE), BATCH):
        try:
            with transaction():
                expire_duty(duty_id)
        except Refusal as refusal:
            log.warning("duty_not_ended", duty=duty_id, reason=type(refusal).__name__)
