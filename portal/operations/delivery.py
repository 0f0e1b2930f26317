"""Delivery: what waits in the outbox is leased, sent by a job, and its end written down (XCT-01)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from portal import clock
from portal.extensions import db
from portal.integrations.delivery import Parcel
from portal.models import Account, Application, Message
from portal.operations.once import insert_once
from portal.operations.outbox import contacts_of
from portal.queries.catalogue import catalogue
from portal.queue import JobName, enqueue_after_commit
from portal.transaction import change

BATCH = 200
LEASE = timedelta(minutes=10)  # longer than a job may run
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 20, 60, 180))
WAITING = ("queued", "failed")
EXTERNAL = ("whatsapp", "email")


@dataclass(frozen=True)
class Leased:
    """A message that this process alone may send until its lease ends."""

    id: int
    channel: str
    parcel: Parcel


@dataclass(frozen=True)
class Outcome:
    """How sending one message ended; exactly one of sent, to be tried again, or given up."""

    message_id: int
    provider_id: str | None = None
    problem: str = ""
    is_final: bool = False


def lease_batch() -> tuple[str, Sequence[Leased]]:
    """Take up to BATCH waiting messages for this process alone; (lease, messages).

    One conditional UPDATE: two workers never hold the same message, and one that dies is
    found by `take_back_leases` when its lease ends.
    """
    now, lease = clock.now(), secrets.token_urlsafe(16)
    waiting = (
        select(Message.id)
        .where(Message.state.in_(WAITING), Message.next_at <= now)
        .order_by(Message.next_at, Message.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        # Stands apart on purpose: PostgreSQL may run a subquery again for each row, and each run takes others.
        .cte("waiting")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    rows = db.session.execute(
        update(Message)
        .where(Message.id.in_(select(waiting.c.id)), Message.state.in_(WAITING))
        .values(
            state="sending",
            lease=lease,
            leased_until=now + LEASE,
            attempts=Message.attempts + 1,
        )
        .returning(
            Message.id,
            Message.public_id,
            Message.channel,
            Message.recipient,
            Message.subject,
            Message.body,
        )
        .execution_options(synchronize_session=False)
    ).all()
    return lease, [
        Leased(
            row.id,
            row.channel,
            Parcel(row.public_id, row.recipient or "", row.subject or "", row.body or ""),
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


def record_outcomes(lease: str, outcomes: Sequence[Outcome]) -> None:
    """Write down how sending ended, as far as the lease still holds.

    What the provider reported in the meantime (delivered, read) is not overwritten.
    """
    for outcome in outcomes:
        if outcome.provider_id is not None:
            _record_sent(lease, outcome)
        else:
            _record_failure(lease, outcome)


def release_rest(lease: str) -> None:
    """Give back what a batch had no time for; these tries do not count."""
    released = change(
        update(Message)
        .where(Message.lease == lease, Message.state == "sending")
        .values(state="queued", lease=None, leased_until=None, attempts=Message.attempts - 1)
    )
    if released:
        enqueue_after_commit(JobName.DELIVER_OUTBOX)


def take_back_leases() -> int:
    """Queue again what a dead worker was sending; it may arrive twice, under the same id."""
    return change(
        update(Message)
        .where(Message.state == "sending", Message.leased_until < clock.now())
        .values(state="queued", lease=None, leased_until=None)
    )


def sweep_outbox() -> bool:
    """Find what waits: lost jobs, ended leases, tries whose time has come; True when there is some."""
    take_back_leases()
    waits = db.session.scalar(
        select(Message.id).where(Message.state.in_(WAITING), Message.next_at <= clock.now()).limit(1)
    )
    if waits is not None:
        enqueue_after_commit(JobName.DELIVER_OUTBOX)
    return waits is not None


def _record_sent(lease: str, outcome: Outcome) -> None:
    now = clock.now()
    changed = change(
        update(Message)
        .where(Message.id == outcome.message_id, Message.lease == lease, Message.state == "sending")
        .values(state="sent", provider_id=outcome.provider_id, sent_at=now, lease=None, problem="")
    )
    if changed == 0:
        db.session.execute(
            update(Message)
            .where(Message.id == outcome.message_id, Message.provider_id.is_(None))
            .values(provider_id=outcome.provider_id, sent_at=func.coalesce(Message.sent_at, now))
            .execution_options(synchronize_session=False)
        )


def _record_failure(lease: str, outcome: Outcome) -> None:
    message = db.session.scalar(
        select(Message).where(Message.id == outcome.message_id, Message.lease == lease, Message.state == "sending")
    )
    if message is None:
        return
    message.problem = outcome.problem[:200]
    message.lease = message.leased_until = None
    if outcome.is_final or message.attempts > len(RETRY_AFTER):
        give_up(message)
    else:
        message.state = "failed"
        message.next_at = clock.now() + RETRY_AFTER[message.attempts - 1]
    db.session.flush()


def give_up(message: Message) -> None:
    """Stop trying; news that WhatsApp did not bring goes by e-mail, if it may and has an address."""
    message.state = "dead"
    db.session.flush()
    if message.channel != "whatsapp":
        return
    declared = catalogue().messages.get(message.agency, {}).get(message.template)
    # What is declared for WhatsApp alone stays there: a code proves the telephone, not the mailbox.
    if declared is None or declared.channels == ("whatsapp",):
        return
    email = _email_for(message) if message.body else None
    if email:
        insert_once(
            Message,
            public_id=secrets.token_urlsafe(16),
            dedupe_key=f"{message.dedupe_key.rpartition(':')[0]}:email",
            channel="email",
            agency=message.agency,
            template=message.template,
            recipient=email,
            subject=message.subject,
            body=message.body,
            account_id=message.account_id,
            application_id=message.application_id,
            state="queued",
            attempts=0,
            problem="",
            next_at=clock.now(),
            created_at=clock.now(),
        )
        enqueue_after_commit(JobName.DELIVER_OUTBOX)


def _email_for(message: Message) -> str | None:
    account = db.session.get(Account, message.account_id) if message.account_id else None
    if message.application_id is not None:
        application = db.session.get(Application, message.application_id)
        if application is not None:
            return contacts_of(application, account)[1]
    return account.email if account else None


def erase_bodies(older_than: timedelta = timedelta(days=1)) -> int:
    """Empty what was said and to whom a day after it was sent or given up; the inbox keeps its news."""
    return change(
        update(Message)
        .where(
            Message.channel.in_(EXTERNAL),
            Message.state.in_(("sent", "delivered", "read", "dead", "muted")),
            Message.body.is_not(None),
            func.coalesce(Message.sent_at, Message.next_at) < clock.now() - older_than,
        )
        .values(recipient=None, subject=None, body=None)
    )
