"""Four eyes: an admin duty, and the reset of a second factor, are asked by one admin and confirmed by another."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from portal.extensions import db
from portal.models import Duty, OfficerRequest
from portal.models.officers import new_code
from portal.operations.duties import (
    NOT_ONESELF,
    OpenDuty,
    Wish,
    begin_duty,
    check_end,
    check_wish,
    move_end,
    require_admin,
)
from portal.operations.events import record_event
from portal.operations.once import insert_once
from portal.operations.second_factor import reset_second_factor
from portal.queries.accounts import list_duties
from portal.queries.catalogue import get_agency
from portal.queries.duties import DUTY_ZONE, administers, covers, scopes_of
from portal.queries.officers import is_same_person
from portal.transaction import change

SUBJECT = "officer_request"
LIVES = timedelta(days=7)  # then it has to be asked again
NOT_YOURS = "Permintaan ini harus diputuskan admin lain: bukan yang meminta, bukan yang bersangkutan."


def give_duty(account_id: int, wish: Wish, *, by: int) -> bool:
    """Give a duty; True when it is in force, False when it waits for a second admin.

    Raises NotAllowed for oneself, NotFound beyond the admin's own scope, Invalid for a wrong wish and
    Conflict for a duty that the officer holds already.
    """
    require_admin(by, wish.agency, wish.office)
    if is_same_person(account_id, by):
        raise NotAllowed(NOT_ONESELF)
    check_wish(wish)
    if administers(get_agency(wish.agency), wish.role):
        _ask("duty", account_id, wish, by=by)
        return False
    begin_duty(account_id, wish, Actor("officer", by))
    return True


def change_end(duty: OpenDuty, ends_on: date | None, *, by: int) -> bool:
    """Move the last day of a duty; False when it waits for a second admin, as more of an admin duty does."""
    require_admin(by, duty.agency, duty.office)
    if is_same_person(duty.account_id, by):
        raise NotAllowed(NOT_ONESELF)
    if errors := check_end(duty.starts_on, ends_on):
        raise Invalid(errors)
    assert ends_on is not None
    is_longer = duty.ends_on is not None and ends_on > duty.ends_on
    if is_longer and administers(get_agency(duty.agency), duty.role):
        _ask("extend", duty.account_id, _wish_of(duty, ends_on), by=by)
        return False
    move_end(duty.id, duty.ends_on, ends_on, Actor("officer", by))
    return True


def ask_reset(account_id: int, agency: str, office: str, *, by: int) -> None:
    """Ask that an officer may set up the second factor anew."""
    require_admin(by, agency, office)
    if is_same_person(account_id, by):
        raise NotAllowed(NOT_ONESELF)
    today = clock.now().date()
    _ask("reset", account_id, Wish(agency, _widest(account_id, agency, office, by), "", today, None), by=by)


def decide_request(code: str, verdict: str, *, by: int) -> None:
    """Confirm or refuse what another admin asked; verdict: `confirmed` or `refused`.

    Raises NotAllowed to who asked and who is concerned, NotFound beyond the scope, and Conflict when it
    was decided before, is too old, or who asked is no admin any more.
    """
    request = db.session.scalar(select(OfficerRequest).where(OfficerRequest.code == code))
    if request is None or verdict not in ("confirmed", "refused"):
        raise Conflict("Permintaan ini tidak ada lagi.")
    require_admin(by, request.agency, request.office)
    if is_same_person(by, request.asked_by) or is_same_person(by, request.account_id):
        raise NotAllowed(NOT_YOURS)
    if not _take(request, verdict, by):
        raise Conflict("Permintaan ini sudah diputuskan atau sudah lewat tujuh hari.")
    if verdict == "confirmed":
        if not covers(scopes_of(request.asked_by), request.agency, request.office):
            raise Conflict("Yang meminta bukan admin lagi. Tolak permintaan ini.")
        _carry_out(request, by)
    record_event(request.id, verdict, Actor("officer", by), from_state=request.kind, subject_type=SUBJECT)


def _ask(kind: str, account_id: int, wish: Wish, *, by: int) -> None:
    _drop_old()
    code = new_code()
    is_new = insert_once(
        OfficerRequest,
        code=code,
        kind=kind,
        account_id=account_id,
        agency=wish.agency,
        office=wish.office,
        role=wish.role,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        asked_by=by,
        asked_at=clock.now(),
        verdict="",
        seq=0,
        head="",
    )
    if not is_new:
        raise Conflict("Permintaan yang sama sudah menunggu admin lain.")
    asked = db.session.scalar(select(OfficerRequest.id).where(OfficerRequest.code == code))
    assert asked is not None
    record_event(asked, "ask", Actor("officer", by), to_state=kind, subject_type=SUBJECT)


def _drop_old() -> None:
    """What nobody decided in time counts as refused, so that it may be asked again."""
    change(
        update(OfficerRequest)
        .where(OfficerRequest.verdict == "", OfficerRequest.asked_at <= clock.now() - LIVES)
        .values(verdict="refused", decided_at=clock.now())
    )


def _take(request: OfficerRequest, verdict: str, by: int) -> bool:
    """The one conditional UPDATE by which one of several admins decides."""
    taken = change(
        update(OfficerRequest)
        .where(
            OfficerRequest.id == request.id,
            OfficerRequest.verdict == "",
            OfficerRequest.asked_at > clock.now() - LIVES,
        )
        .values(verdict=verdict, decided_by=by, decided_at=clock.now())
    )
    return taken == 1


def _carry_out(request: OfficerRequest, by: int) -> None:
    actor = Actor("officer", by)
    if request.kind == "reset":
        reset_second_factor(request.account_id, actor)
        return
    assert request.starts_on is not None
    wish = Wish(request.agency, request.office, request.role, request.starts_on, request.ends_on)
    check_wish(wish)
    if request.kind == "duty":
        begin_duty(request.account_id, wish, actor)
        return
    duty = db.session.scalar(
        select(Duty).where(
            Duty.account_id == request.account_id,
            Duty.agency == request.agency,
            Duty.office == request.office,
            Duty.role == request.role,
            Duty.ended_at.is_(None),
        )
    )
    if duty is None or request.ends_on is None:
        raise Conflict("Tugas itu sudah diakhiri.")
    move_end(duty.id, duty.ends_on, request.ends_on, actor)


def _widest(account_id: int, agency: str, office: str, by: int) -> str:
    """The office that the reset is about; NotFound when the officer also works beyond the admin's offices.

    An admin of one office takes no factor away from the officer of another one, or of the whole agency.
    """
    offices = {duty.office for duty in list_duties(account_id, clock.today(DUTY_ZONE)) if duty.agency == agency} or {
        office
    }
    for one in offices:
        require_admin(by, agency, one)
    return "" if "" in offices else office


def _wish_of(duty: OpenDuty, ends_on: date) -> Wish:
    return Wish(duty.agency, duty.office, duty.role, duty.starts_on, ends_on)
