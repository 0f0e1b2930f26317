"""Groups: an admin raises an applicant into one and lowers them again; each is an event of the membership (SIN-33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from portal import clock
from portal.engine.fields.field_type import seen
from portal.engine.messages import first_name
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.extensions import db
from portal.models import Account, Enrolment, Membership, Officer
from portal.models.officers import new_code
from portal.operations.duties import check_end, require_admin
from portal.operations.enrolments import is_enrolled
from portal.operations.events import record_event
from portal.operations.once import insert_once
from portal.operations.outbox import post_message
from portal.queries.catalogue import catalogue, get_agency
from portal.queries.groups import ZONE, find_open_membership, group_label
from portal.queries.regions import known_region_name
from portal.transaction import change

SUBJECT = "membership"
RAISED, LOWERED = "grup-diangkat", "grup-diakhiri"
LONGEST_NAME = 120
NOT_ONESELF = "Anda tidak dapat mengangkat diri sendiri atau keluarga Anda. Mintalah admin lain."


@dataclass(frozen=True)
class Rise:
    """What an applicant is to be raised into. area: an official region code; both days are included."""

    agency: str
    group: str
    institution: str
    area: str
    services: tuple[str, ...]
    starts_on: date
    ends_on: date | None


def raise_applicant(account_id: int, rise: Rise, *, by: int) -> int:
    """Put an applicant into a group and tell them; returns the membership's id.

    Raises NotFound when `by` does not administer the whole agency or the person is not enrolled there, NotAllowed
    for oneself and one's family, Invalid with a sentence for each field, Conflict for a member.
    """
    require_admin(by, rise.agency, "")
    if not is_enrolled(account_id, rise.agency):
        raise NotFound("applicant")
    _refuse_own(account_id, by)
    check_rise(rise)
    _end_what_ran_out(account_id, rise)
    code, now = new_code(), clock.now()
    is_new = insert_once(
        Membership,
        code=code,
        account_id=account_id,
        agency=rise.agency,
        group_key=rise.group,
        institution=rise.institution,
        area=rise.area,
        services=" ".join(sorted(rise.services)),
        starts_on=rise.starts_on,
        ends_on=rise.ends_on,
        raised_by=by,
        raised_at=now,
        seq=0,
        head="",
    )
    if not is_new:
        raise Conflict("Pemohon ini sudah menjadi anggota grup itu. Akhiri dulu yang lama.")
    membership = db.session.scalars(select(Membership).where(Membership.code == code)).one()
    record_event(
        membership.id, "raise", Actor("officer", by), to_state=rise.group, text=_told(rise), subject_type=SUBJECT
    )
    _tell(membership, RAISED)
    return membership.id


def lower_applicant(code: str, *, by: int, reason: str) -> None:
    """End a membership now and tell the person. Raises NotFound, NotAllowed, Invalid without a reason, Conflict."""
    membership = db.session.scalar(select(Membership).where(Membership.code == code))
    if membership is None:
        raise NotFound("membership")
    require_admin(by, membership.agency, "")
    _refuse_own(membership.account_id, by)
    if len(reason.strip()) < 5:
        raise Invalid({"reason": "Tulis alasannya dengan kata-kata yang mudah dipahami."})
    if not _close(membership.id, Actor("officer", by), "lower", reason.strip()):
        raise Conflict("Keanggotaan ini sudah diakhiri.")
    _tell(membership, LOWERED)


def check_rise(rise: Rise) -> None:
    """Raise Invalid, with a sentence for each field, unless the agency declares all of it and the days fit."""
    agency = get_agency(rise.agency)
    errors = {}
    if rise.group not in agency.groups:
        errors["group"] = "Pilih grup."
    if not 3 <= len(rise.institution) <= LONGEST_NAME:
        errors["institution"] = "Isi nama lembaga, misalnya Puskesmas Kajen."
    if wrong := _area_problem(rise.area, agency.region):
        errors["area"] = wrong
    services = catalogue().services[rise.agency]
    if any(code not in services or rise.group not in services[code].audience for code in rise.services):
        errors["services"] = "Ada layanan yang bukan untuk grup ini. Pilih lagi."
    errors |= check_end(rise.starts_on, rise.ends_on)
    if errors:
        raise Invalid(errors)


def tidy_name(typed: str) -> str:
    """The name of an institution as far as it can be seen."""
    return " ".join(seen(typed).split())[: LONGEST_NAME + 1]


def _area_problem(area: str, region: str) -> str:
    """A group works where its agency works, and nowhere else."""
    if not area or known_region_name(area) is None:
        return "Pilih wilayah kerja grup."
    if region and area != region and not area.startswith(f"{region}."):
        return f"Pilih wilayah di dalam {known_region_name(region) or region}."
    return ""


def _refuse_own(account_id: int, by: int) -> None:
    """An officer's own account, the one of the same NIK, and those of the family are another admin's to raise."""
    officer = db.session.get(Officer, by)
    own = {officer.nik_digest, officer.kk_digest} if officer else set()
    rows = select(Enrolment.account_id, Enrolment.nik_digest, Enrolment.kk_digest).where(
        Enrolment.account_id.in_([account_id, by])
    )
    people = db.session.execute(rows).all()
    own |= {digest for row in people if row.account_id == by for digest in row[1:]}
    theirs = {digest for row in people if row.account_id == account_id for digest in row[1:]}
    if account_id == by or (own & theirs) - {None}:
        raise NotAllowed(NOT_ONESELF)


def _end_what_ran_out(account_id: int, rise: Rise) -> None:
    """A membership whose last day has passed leaves room for a new one."""
    old = find_open_membership(account_id, rise.agency, rise.group)
    if old is not None and old.ends_on < clock.today(ZONE):
        _close(old.id, Actor("system"), "expire", "")


def _close(membership_id: int, actor: Actor, action: str, reason: str) -> bool:
    ended = change(
        update(Membership)
        .where(Membership.id == membership_id, Membership.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if ended == 1:
        record_event(membership_id, action, actor, text=reason, subject_type=SUBJECT)
    return ended == 1


def _tell(membership: Membership, message: str) -> None:
    account = db.session.get(Account, membership.account_id)
    assert account is not None
    label = group_label(membership.agency, membership.group_key)
    post_message(
        message,
        agency=membership.agency,
        values={
            "first_name": first_name(account.name),
            "group": f"{label} ({membership.institution})",
            "link": "/akun/mode",
        },
        dedupe=f"membership:{membership.id}:{message}",
        account_id=account.id,
        to_phone=account.phone,
        to_email=account.email,
    )


def _told(rise: Rise) -> str:
    """What was granted, for the history: a later change of the declarations changes nothing of it."""
    place = known_region_name(rise.area) or rise.area
    services = ", ".join(sorted(rise.services)) or "tanpa layanan khusus"
    return f"{rise.institution}; {place}; {services}; {rise.starts_on:%d-%m-%Y} sampai {rise.ends_on:%d-%m-%Y}"
