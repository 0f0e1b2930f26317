"""Sends what waits in the outbox, many messages a job."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import structlog
from flask import current_app

from portal.integrations.delivery import Channel, TryLater, Undeliverable
from portal.operations import delivery
from portal.operations.delivery import Leased, Outcome
from portal.transaction import transaction

log = structlog.get_logger(__name__)

LONGEST = 120.0  # seconds of sending in one job, well within its lease and RQ's own limit
RECORD_EVERY = 2.0  # a worker that is killed repeats at most what it sent since
RECORD_AT_LEAST = 25


def deliver_outbox() -> None:
    """Lease up to 200 messages, send them with no transaction open, and write down each end."""
    with transaction():
        lease, messages = delivery.lease_batch()
    if not messages:
        return
    ended: list[Outcome] = []
    recorded_at = time.monotonic()
    try:
        for outcome in _send_all(messages):
            ended.append(outcome)
            if len(ended) >= RECORD_AT_LEAST or time.monotonic() - recorded_at > RECORD_EVERY:
                _record(lease, ended)
                recorded_at = time.monotonic()
    finally:
        _record(lease, ended)
        _close(messages)
    with transaction():
        delivery.release_rest(lease)
        if len(messages) == delivery.BATCH:
            delivery.sweep_outbox()


def _record(lease: str, ended: list[Outcome]) -> None:
    if ended:
        with transaction():
            delivery.record_outcomes(lease, ended)
        ended.clear()


def _send_all(messages: Sequence[Leased]) -> Iterator[Outcome]:
    began = time.monotonic()
    down: dict[str, str] = {}
    for message in messages:
        if time.monotonic() - began > LONGEST:
            return
        if message.channel in down:
            # Two hundred time-outs in a row would tell nothing new.
            yield Outcome(message.id, problem=down[message.channel])
            continue
        try:
            yield Outcome(message.id, provider_id=_client(message.channel).send(message.parcel))
        except TryLater as failure:
            if failure.is_channel_down:
                down[message.channel] = str(failure)
            yield Outcome(message.id, problem=str(failure))
        except Undeliverable as refusal:
            log.warning("message_refused", message=message.parcel.id, reason=str(refusal))
            yield Outcome(message.id, problem=str(refusal), is_final=True)


def _client(channel: str) -> Channel:
    client: Channel = current_app.extensions[channel]
    return client


def _close(messages: Sequence[Leased]) -> None:
    for channel in {message.channel for message in messages}:
        _client(channel).close()
