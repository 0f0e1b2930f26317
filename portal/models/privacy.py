"""Personal data as its owner may ask about it: requests with their clock, and the register of breaches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment, Sealed


class DataRequest(db.Model):
    """What a person asks of one agency about their data; to be answered within 3 x 24 hours (UU PDP 27/2022)."""

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint("kind IN ('copy', 'correct', 'delete', 'withdraw')", name="kind"),
        CheckConstraint("state IN ('open', 'done', 'restricted', 'refused')", name="state"),
        Index("ix_data_request_desk", "agency", "state", "due_at", "id"),
        Index("ix_data_request_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # random, for addresses
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency: Mapped[str] = mapped_column(String(40))  # "" for a copy, which holds the data of all agencies
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="open")
    text: Mapped[str | None] = mapped_column(Sealed("data_request.text"))
    answer: Mapped[str | None] = mapped_column(Sealed("data_request.answer"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    json_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    pdf_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))


class Breach(db.Model):
    """One breach of personal data, with its clock: whom to tell within 3 x 24 hours (UU PDP article 46, XCT-08)."""

    __tablename__ = "breach"
    __table_args__ = (Index("ix_breach_agency", "agency", "found_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    agency: Mapped[str] = mapped_column(String(40))
    found_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int] = mapped_column(default=0)
    what: Mapped[str | None] = mapped_column(Sealed("breach.what"))  # which data of whom
    how: Mapped[str | None] = mapped_column(Sealed("breach.how"))  # when and how it happened
    measures: Mapped[str | None] = mapped_column(Sealed("breach.measures"))  # what is done against it
    people: Mapped[int] = mapped_column(default=0)  # how many are concerned, as far as known
    authority_told_at: Mapped[datetime | None] = mapped_column(Moment)
    people_told_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
