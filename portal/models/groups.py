"""Groups of applicants: who was raised into one, and which applications a member made for somebody else."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment
from portal.models.officers import new_code


class Membership(db.Model):
    """An applicant whom an admin raised into a group: for which area and special services, from a day until a day.

    `ended_at` is when it was closed; the chain of events tells by whom and why.
    """

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="days"),
        Index(
            "uq_membership_open",
            "account_id",
            "agency",
            "group_key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_membership_agency", "agency", "ended_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True, default=new_code)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency: Mapped[str] = mapped_column(String(40))
    group_key: Mapped[str] = mapped_column(String(40))  # as the agency declares its groups
    institution: Mapped[str] = mapped_column(String(200))
    area: Mapped[str] = mapped_column(String(20))  # official region code; everything below it belongs to it
    services: Mapped[str] = mapped_column(String(1000), default="")  # codes of the special ones, a space between
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    raised_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    raised_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")


class Representation(db.Model):
    """That an application was made under a membership; and what the person whom it is about said to that."""

    __tablename__ = "representation"
    __table_args__ = (CheckConstraint("consent IN ('', 'own', 'declared', 'letter')", name="consent"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True, autoincrement=False)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    consent: Mapped[str] = mapped_column(
        String(10), default=""
    )  # of the last sending; own: it is the member's own case
    told_digest: Mapped[str | None] = mapped_column(String(64))  # keyed hash of the number that was told
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    disputed_at: Mapped[datetime | None] = mapped_column(Moment)  # "I did not ask for this"
    cleared_at: Mapped[datetime | None] = mapped_column(Moment)  # a supervisor looked into it
    cleared_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
