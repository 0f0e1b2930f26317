"""Accounts: who a person is to the portal, how they log in, what they consented to."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from portal.extensions import db
from portal.models.columns import Moment, Sealed


class Account(db.Model):
    """One person (or later a company). Officers are accounts that hold duties."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    blocked_at: Mapped[datetime | None] = mapped_column(Moment)
    phone: Mapped[str | None] = mapped_column(Sealed("account.phone"))
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_proven_at: Mapped[datetime | None] = mapped_column(Moment)
    email: Mapped[str | None] = mapped_column(Sealed("account.email"))
    email_digest: Mapped[str | None] = mapped_column(String(64), index=True)  # follows the e-mail by itself
    language: Mapped[str] = mapped_column(String(2), default="id")

    @validates("email")
    def _mark_email(self, _name: str, email: str | None) -> str | None:
        """A forgotten password finds its account by the keyed hash of the address, whoever wrote it."""
        vault = current_app.extensions["vault"]
        self.email_digest = vault.digest("email", email.casefold()) if email else None
        return email


class Credential(db.Model):
    """The password of an account, as an argon2 hash."""

    __tablename__ = "credential"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    assurance: Mapped[int] = mapped_column(default=0)  # of the rule by which it was set: see engine.assurance


class LoginName(db.Model):
    """A name by which an account logs in with one agency (or with the officers' desk).

    Only a proven name is unique: an unapproved registration never reserves a NIK.
    """

    __tablename__ = "login_name"
    __table_args__ = (
        Index(
            "uq_login_name_proven",
            "agency",
            "kind",
            "digest",
            unique=True,
            sqlite_where=text("proven_at IS NOT NULL"),
            postgresql_where=text("proven_at IS NOT NULL"),
        ),
        Index("ix_login_name_digest", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    agency: Mapped[str] = mapped_column(String(40))  # "" for officers
    kind: Mapped[str] = mapped_column(String(20))  # nik, username, email
    digest: Mapped[str] = mapped_column(String(64))
    proven_at: Mapped[datetime | None] = mapped_column(Moment)


class Enrolment(db.Model):
    """An account's approved registration with one agency: the outcome of a registration."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("account_id", "agency", "office"),
        CheckConstraint("state IN ('active', 'blocked')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency: Mapped[str] = mapped_column(String(40))
    office: Mapped[str] = mapped_column(String(40), default="")  # "" is all of the agency
    kind: Mapped[str] = mapped_column(String(20), default="")  # person, company, branch, as declared
    assurance: Mapped[int] = mapped_column(default=0)  # how well the agency proved who it is: see engine.assurance
    state: Mapped[str] = mapped_column(String(20), default="active")
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    nik_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    kk_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    profile: Mapped[dict[str, str]] = mapped_column(Sealed("enrolment.profile"))
    enrolled_at: Mapped[datetime] = mapped_column(Moment)


class Duty(db.Model):
    """What an officer may do: a role at an agency (and office), from a day until a day.

    `ended_at` is when it was closed, by an admin or by its last day; the chain of events tells the rest.
    """

    __tablename__ = "duty"
    __table_args__ = (
        Index(
            "uq_duty_open",
            "account_id",
            "agency",
            "office",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_duty_agency", "agency", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True, default=lambda: secrets.token_hex(8))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    agency: Mapped[str] = mapped_column(String(40))
    office: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")


class Visit(db.Model):
    """A stored session: the cookie holds a random id, this row its keyed digest.

    `data` carries what must survive between two requests and is nobody else's
    business: flash messages, the open step of a registration, the return address.
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("audience IN ('citizen', 'officer', 'kiosk')", name="audience"),
        Index("ix_visit_account_id", "account_id"),
        Index("ix_visit_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    audience: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    agency: Mapped[str] = mapped_column(String(40), default="")  # by whose rule one logged in
    assurance: Mapped[int] = mapped_column(default=0)  # what that rule and the password are worth
    device: Mapped[str] = mapped_column(
        String(80), default=""
    )  # such as "Chrome, Android", for its owner to know it by
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)  # when the password was last typed
    data: Mapped[dict[str, Any]] = mapped_column(Sealed("visit.data"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Token(db.Model):
    """A secret that was sent to somebody: an activation link, a phone code, a resume code."""

    __tablename__ = "token"
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_token_application_id", "application_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    value: Mapped[str | None] = mapped_column(Sealed("token.value"))  # e.g. the number to prove
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Captcha(db.Model):
    """The expected answer of one captcha; used once, right or wrong."""

    __tablename__ = "captcha"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    answer: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class ConsentRecord(db.Model):
    """That a person agreed to a text in one version, and when (UU PDP 27/2022, XCT-06)."""

    __tablename__ = "consent_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    agency: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime] = mapped_column(Moment)


class Attempt(db.Model):
    """A failed try by (what was tried, from where), for throttling when Redis is away."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_tried_at", "key", "tried_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    tried_at: Mapped[datetime] = mapped_column(Moment)


class StashedForm(db.Model):
    """What was typed when a session had expired: for its account only, for 24 hours."""

    __tablename__ = "stashed_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    values: Mapped[dict[str, str]] = mapped_column(Sealed("stashed_form.values"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Facet(db.Model):
    """A plain, harmless answer by which officers filter lists, such as the Status Import of a company."""

    __tablename__ = "facet"
    __table_args__ = (Index("ix_facet_value", "key", "value", "application_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(60))
