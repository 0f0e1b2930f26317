"""Duties: what an officer may do where, given, moved and ended; each change is an event of the duty's chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, delete, select, true, update

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.extensions import db
from portal.models import Duty, Visit
from portal.models.officers import new_code
from portal.operations.events import record_event
from portal.operations.once import insert_once
from portal.operations.returned_work import return_work
from portal.queries.catalogue import catalogue, get_agency
from portal.queries.duties import DUTY_ZONE, covers, scopes_of
from portal.transaction import change

SUBJECT = "duty"
LONGEST = timedelta(days=366)  # a duty is given for a year at most, then somebody looks at it again
NOT_ONESELF = "Tugas Anda sendiri hanya dapat diubah oleh admin lain."


@dataclass(frozen=True)
class Wish:
    """A duty to be: office "" is the whole agency, both days are included."""

    agency: str
    office: str
    role: str
    starts_on: date
    ends_on: date | None


class OpenDuty(Protocol):
    """A duty as its page was read."""

    @property
    def id(self) -> int: ...
    @property
    def account_id(self) -> int: ...
    @property
    def agency(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...


def check_wish(wish: Wish) -> None:
    """Raise Invalid, with a sentence for each field, unless the agency declares role and office and the days fit."""
    agency = get_agency(wish.agency)
    errors = {}
    if wish.role not in agency.roles:
        errors["role"] = f"{agency.short_name} tidak punya peran {wish.role}." if wish.role else "Pilih peran."
    if wish.office and wish.office not in {office.code for office in catalogue().offices[wish.agency]}:
        errors["office"] = "Pilih kantor dari daftar."
    elif not wish.office and wish.role in agency.roles and agency.roles[wish.role].level == "office":
        errors["office"] = "Peran ini untuk satu kantor. Pilih kantornya."
    errors |= check_end(wish.starts_on, wish.ends_on)
    if errors:
        raise Invalid(errors)


def check_end(starts_on: date, ends_on: date | None) -> dict[str, str]:
    """What is wrong with the last day of a duty, as field -> sentence; {} when nothing is."""
    today = clock.today(DUTY_ZONE)
    if ends_on is None:
        return {"ends_on": "Isi tanggal terakhir tugas."}
    if ends_on < max(starts_on, today):
        return {"ends_on": "Tanggal terakhir sudah lewat. Untuk menghentikan tugas sekarang, pakai Akhiri."}
    if ends_on > max(starts_on, today) + LONGEST:
        return {"ends_on": "Paling lama satu tahun. Tugas dapat diperpanjang nanti."}
    return {}


def require_admin(account_id: int, agency: str, office: str) -> None:
    """Raise NotFound unless the account administers there now, whatever its page showed a minute ago."""
    if not covers(scopes_of(account_id), agency, office):
        raise NotFound("duty")


def begin_duty(account_id: int, wish: Wish, actor: Actor) -> int:
    """Put a checked wish in force; returns the duty's id. Conflict when the officer holds that duty already."""
    code = new_code()
    is_new = insert_once(
        Duty,
        code=code,
        account_id=account_id,
        agency=wish.agency,
        office=wish.office,
        role=wish.role,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        seq=0,
        head="",
    )
    if not is_new:
        raise Conflict("Petugas ini sudah memegang tugas itu.")
    duty_id = db.session.scalars(select(Duty.id).where(Duty.code == code)).one()
    record_event(duty_id, "give", actor, to_state=str(wish.ends_on or ""), subject_type=SUBJECT)
    return duty_id


def move_end(duty_id: int, before: date | None, ends_on: date, actor: Actor) -> None:
    """Change the last day of an open duty, if it still is what was seen; Conflict otherwise."""
    still = Duty.ends_on.is_(None) if before is None else Duty.ends_on == before
    if not _change(duty_id, still, ends_on=ends_on):
        raise Conflict("Tugas ini baru saja diubah admin lain. Periksa keadaan terbaru.")
    record_event(duty_id, "change", actor, from_state=str(before or ""), to_state=str(ends_on), subject_type=SUBJECT)


def close_duty(duty_id: int, actor: Actor, action: str) -> bool:
    """End an open duty at once; False when it was ended before.

    The officer's live sessions end, and claimed work that no other duty covers goes back (`return_work`).
    """
    if not _change(duty_id, true(), ended_at=clock.now()):
        return False
    duty = db.session.get(Duty, duty_id, populate_existing=True)
    assert duty is not None
    record_event(duty_id, action, actor, from_state=str(duty.ends_on or ""), subject_type=SUBJECT)
    end_desk_visits(duty.account_id)
    return_work(duty)
    return True


def end_desk_visits(account_id: int) -> None:
    """End every live session of an officer at the desk; a citizen's session of the same account goes on."""
    db.session.execute(delete(Visit).where(Visit.account_id == account_id, Visit.audience == "officer"))


def end_duty(duty: OpenDuty, by: int) -> None:
    """An admin ends a duty now. One admin suffices, for a stolen account cannot wait for a second one."""
    require_admin(by, duty.agency, duty.office)
    if duty.account_id == by:
        raise NotAllowed(NOT_ONESELF)
    if not close_duty(duty.id, Actor("officer", by), "end"):
        raise Conflict("Tugas ini sudah diakhiri.")


def expire_duty(duty_id: int) -> bool:
    """End a duty whose last day has passed, as the system."""
    duty = db.session.get(Duty, duty_id, populate_existing=True)
    if duty is None or duty.ends_on is None or duty.ends_on >= clock.today(DUTY_ZONE):
        return False
    return close_duty(duty_id, Actor("system"), "expire")


def _change(duty_id: int, still: ColumnElement[bool], **values: object) -> bool:
    """One conditional UPDATE of an open duty."""
    return change(update(Duty).where(Duty.id == duty_id, Duty.ended_at.is_(None), still).values(**values)) == 1
