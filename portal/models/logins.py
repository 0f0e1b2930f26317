"""What logging in remembers: identities of outside providers, and the places where an account is at home."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment, Sealed


class OutsideIdentity(db.Model):
    """That a person of an outside provider is an account: (issuer, subject), never an e-mail address.

    Attached only while logged in, after the password was typed again (design §4).
    """

    __tablename__ = "outside_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject_digest"), UniqueConstraint("account_id", "issuer"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    provider: Mapped[str] = mapped_column(String(20))  # google, facebook: the word of the declarations
    issuer: Mapped[str] = mapped_column(String(200))
    subject_digest: Mapped[str] = mapped_column(String(64))
    shown: Mapped[str] = mapped_column(Sealed("outside_identity.shown"))  # for its owner to know it by
    attached_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class KnownPlace(db.Model):
    """A device or a network from which an account has logged in: guesses from elsewhere do not slow it down.

    digest: keyed hash of the account and the device's random id or the network's address.
    """

    __tablename__ = "known_place"
    __table_args__ = (
        CheckConstraint("kind IN ('device', 'network')", name="kind"),
        Index("ix_known_place_account_id", "account_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    seen_at: Mapped[datetime] = mapped_column(Moment)
