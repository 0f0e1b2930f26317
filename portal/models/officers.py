"""Officers beyond their accounts: own numbers, second factor, recovery codes, and requests that need a second admin."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment, Sealed


def new_code() -> str:
    """A random public code, for addresses: primary keys never appear there."""
    return secrets.token_hex(8)


class Officer(db.Model):
    """Who works at the desk: the user name, keyed hashes of the own NIK and No. KK, and a chain of events.

    The hashes let `not_own_case` see cases of the officer or the family although this account is no citizen's.
    """

    __tablename__ = "officer"

    id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(40), unique=True, default=new_code)
    username: Mapped[str] = mapped_column(String(80), default="")
    nik_digest: Mapped[str | None] = mapped_column(String(64))
    kk_digest: Mapped[str | None] = mapped_column(String(64))
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")


class SecondFactor(db.Model):
    """The secret of an authenticator app (RFC 6238), and the last step whose code was used."""

    __tablename__ = "second_factor"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(Sealed("second_factor.secret"))
    last_step: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime] = mapped_column(Moment)


class RecoveryCode(db.Model):
    """One way in without the app, kept as a keyed hash and used once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class OfficerRequest(db.Model):
    """What one admin asks and another one must confirm: an admin duty, or the reset of a second factor.

    The database itself refuses that the one who asked, or the one concerned, decides.
    """

    __tablename__ = "officer_request"
    __table_args__ = (
        CheckConstraint("kind IN ('duty', 'extend', 'reset')", name="kind"),
        CheckConstraint("verdict IN ('', 'confirmed', 'refused')", name="verdict"),
        CheckConstraint("asked_by <> account_id", name="asker"),
        CheckConstraint("decided_by IS NULL OR (decided_by <> asked_by AND decided_by <> account_id)", name="decider"),
        Index(
            "uq_officer_request_open",
            "kind",
            "account_id",
            "agency",
            "office",
            "role",
            unique=True,
            sqlite_where=text("verdict = ''"),
            postgresql_where=text("verdict = ''"),
        ),
        Index("ix_officer_request_agency", "agency", "verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True, default=new_code)
    kind: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))  # the one concerned
    agency: Mapped[str] = mapped_column(String(40))
    office: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str] = mapped_column(String(40), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    verdict: Mapped[str] = mapped_column(String(10), default="")
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")
