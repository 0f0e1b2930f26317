"""Records: the chained events, their erasable texts, messages, and who read what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment, Sealed


class Event(db.Model):
    """Something that happened to a subject: append-only, chained by MAC (XCT-15)."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", "seq"),
        Index("ix_event_actor", "actor_id", "at"),
        Index("ix_event_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    seq: Mapped[int]
    actor_kind: Mapped[str] = mapped_column(String(10))  # applicant, officer, system
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str] = mapped_column(String(40), default="")
    to_state: Mapped[str] = mapped_column(String(40), default="")
    text_mac: Mapped[str] = mapped_column(String(64), default="")
    mac: Mapped[str] = mapped_column(String(64))


class EventText(db.Model):
    """The free text of an event (a reason): encrypted, erasable, bound by a salted MAC."""

    __tablename__ = "event_text"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    text: Mapped[str | None] = mapped_column(Sealed("event_text.text"))


class Anchor(db.Model):
    """One day's digest of all heads, also written outside the database."""

    __tablename__ = "anchor"

    day: Mapped[date] = mapped_column(primary_key=True)
    heads: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)


class Message(db.Model):
    """A row of the outbox: one message to one person over one channel.

    queued -> sending -> sent -> delivered -> read, or failed (tried again) -> dead.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'dead', 'muted')",
            name="state",
        ),
        Index("ix_message_state_next_at", "state", "next_at"),
        Index("ix_message_account", "account_id", "channel", "id"),
        Index("ix_message_application", "application_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)  # stable for the provider
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    channel: Mapped[str] = mapped_column(String(10))  # whatsapp, email, inbox
    agency: Mapped[str] = mapped_column(String(40))
    template: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str | None] = mapped_column(Sealed("message.recipient"))
    subject: Mapped[str | None] = mapped_column(Sealed("message.subject"))
    body: Mapped[str | None] = mapped_column(Sealed("message.body"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    provider_id: Mapped[str | None] = mapped_column(String(120), index=True)
    problem: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)  # inbox: read by the person


class Reading(db.Model):
    """That somebody read personal data: who, whose, what, when, why."""

    __tablename__ = "reading"
    __table_args__ = (
        Index("ix_reading_account", "account_id", "at"),
        Index("ix_reading_application", "application_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    what: Mapped[str] = mapped_column(String(40))  # detail, document, number, export, paper
    detail: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column(Moment)
