"""How many registrations of a year stand in a state."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db


class YearCount(db.Model):
    """An exact counter beside StateCount: registrations by the year in which they were sent (KAR-09)."""

    __tablename__ = "year_count"
    __table_args__ = (
        CheckConstraint("total >= 0", name="total"),
        UniqueConstraint("agency", "service", "year", "office", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]  # in the agency's zone
    office: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(40))
    total: Mapped[int] = mapped_column(default=0)
