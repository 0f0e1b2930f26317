"""What changes the way to an account: wishes to reset, changes that can be undone, recoveries, stopped numbers, photos."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment, Sealed


class ResetWish(db.Model):
    """Somebody filled in the form of the forgotten password; a job looks whether it fits anybody.

    The request itself only adds this row, so that its answer tells nothing, not even by its time.
    """

    __tablename__ = "reset_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(String(40))
    typed: Mapped[dict[str, str]] = mapped_column(Sealed("reset_wish.typed"))
    wished_at: Mapped[datetime] = mapped_column(Moment, index=True)


class AccountChange(db.Model):
    """A password, phone or e-mail that was changed, with what was before, while it can be undone."""

    __tablename__ = "account_change"
    __table_args__ = (
        CheckConstraint("kind IN ('password', 'phone', 'email')", name="kind"),
        Index("ix_account_change_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency: Mapped[str] = mapped_column(String(40))  # in whose words it is told
    kind: Mapped[str] = mapped_column(String(10))
    old_value: Mapped[str | None] = mapped_column(Sealed("account_change.old_value"))
    new_value: Mapped[str | None] = mapped_column(Sealed("account_change.new_value"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)


class EmailChange(db.Model):
    """A new e-mail that waits until both mailboxes, the old and the new, have said yes."""

    __tablename__ = "email_change"
    __table_args__ = (Index("ix_email_change_account", "account_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency: Mapped[str] = mapped_column(String(40))
    new_email: Mapped[str] = mapped_column(Sealed("email_change.new_email"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    old_said_at: Mapped[datetime | None] = mapped_column(Moment)  # at once where there was none
    new_said_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class StoppedNumber(db.Model):
    """A number whose present owner said that an account's messages are not theirs."""

    __tablename__ = "stopped_number"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    digest: Mapped[str] = mapped_column(String(64))
    stopped_at: Mapped[datetime] = mapped_column(Moment)


class Recovery(db.Model):
    """Who lost password and phone, seen at the counter by one officer and confirmed by another.

    recorded -> confirmed -> done, or stopped by the owner of an old contact, or dropped by an officer.
    """

    __tablename__ = "recovery"
    __table_args__ = (
        CheckConstraint("state IN ('recorded', 'confirmed', 'done', 'stopped', 'dropped')", name="state"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> recorded_by", name="two_people"),
        Index(
            "uq_recovery_open",
            "account_id",
            unique=True,
            sqlite_where=text("state IN ('recorded', 'confirmed')"),
            postgresql_where=text("state IN ('recorded', 'confirmed')"),
        ),
        Index("ix_recovery_agency", "agency", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # random, for addresses
    agency: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id")
    )  # the registration, which keeps the events
    state: Mapped[str] = mapped_column(String(10), default="recorded")
    document: Mapped[str] = mapped_column(String(20))  # what the officer saw
    note: Mapped[str] = mapped_column(Sealed("recovery.note"))
    phone: Mapped[str | None] = mapped_column(Sealed("recovery.phone"))
    email: Mapped[str | None] = mapped_column(Sealed("recovery.email"))
    recorded_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)  # when nobody can stop it any more
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Portrait(db.Model):
    """The photo that a person gave of themselves (PAS-47)."""

    __tablename__ = "portrait"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    added_at: Mapped[datetime] = mapped_column(Moment)
