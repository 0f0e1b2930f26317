"""Places, days and the settings that an admin keeps."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment


class Region(db.Model):
    """A province, regency, district or village under its official dotted code."""

    __tablename__ = "region"
    __table_args__ = (Index("ix_region_parent_name", "parent", "name"),)

    code: Mapped[str] = mapped_column(String(13), primary_key=True)
    parent: Mapped[str] = mapped_column(String(13), default="")
    level: Mapped[int]  # 1 province .. 4 village
    name: Mapped[str] = mapped_column(String(100))


class Holiday(db.Model):
    """A national holiday or collective leave day, by decree."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))  # national, collective
    decree: Mapped[str] = mapped_column(String(120), default="")


class Kept(db.Model):
    """A setting seeded once from the files and then the admin's: hours, caps, pauses."""

    __tablename__ = "kept"
    __table_args__ = (UniqueConstraint("agency", "service", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(60), default="")
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Moment)


class Stamp(db.Model):
    """A fact about this database itself, such as that it is a demo's."""

    __tablename__ = "stamp"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
