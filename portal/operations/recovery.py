"""Recovery at the counter: one officer sees the person, another confirms, old contacts may stop it for 24 hours."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.engine.messages import first_name
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed
from portal.extensions import db
from portal.models import Account, Recovery
from portal.operations.contact_changes import put_email, put_phone
from portal.operations.credentials import drop_password
from portal.operations.events import record_event
from portal.operations.outbox import due_words, post_message
from portal.operations.outside import detach_all
from portal.operations.passwords import post_reset_link
from portal.operations.tokens import (
    CONTACT_KINDS,
    NOT_ME,
    RESET,
    STOP_RECOVERY,
    Holder,
    end_all_links,
    end_links,
    find_open_link,
    issue_link,
    use_up,
)
from portal.operations.visits import end_visits_of
from portal.queries.catalogue import get_agency
from portal.queries.officers import is_own_case, is_same_person
from portal.queries.recoveries import Person, find_open_recovery, is_proven_better_elsewhere
from portal.queries.registrations import get_registration_form
from portal.transaction import change

STOP_FOR = timedelta(hours=24)
LINK_LIFE = timedelta(days=3)
DOCUMENTS = ("ktp-el", "surat-keterangan", "paspor")
LONGEST_NOTE = 500
PATH = "/pemulihan/"
OPEN = ("recorded", "confirmed")


@dataclass(frozen=True)
class Seen:
    """What the first officer writes down: which document was shown, a note, and the new contacts (parsed)."""

    document: str
    note: str
    phone: str
    email: str


def record_recovery(person: Person, seen: Seen, officer_id: int) -> Recovery:
    """Write down who stood at the counter; nothing changes before another officer confirms it.

    Raises NotAllowed for one's own or family's account, Invalid when something is missing, Conflict
    when a recovery of this account is open already.
    """
    _refuse_own(person, officer_id)
    _refuse_weaker(person)
    problems = {}
    if seen.document not in DOCUMENTS:
        problems["document"] = "Pilih dokumen yang Anda lihat."
    if not seen.phone and not seen.email:
        problems["phone"] = "Isi nomor HP atau email yang baru."
    if problems:
        raise Invalid(problems)
    recovery = Recovery(
        code=secrets.token_hex(8),
        agency=person.application.agency,
        account_id=person.account.id,
        application_id=person.application.id,
        state="recorded",
        document=seen.document,
        note=seen.note[:LONGEST_NOTE],
        phone=seen.phone or None,
        email=seen.email or None,
        recorded_by=officer_id,
        recorded_at=clock.now(),
    )
    db.session.add(recovery)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Pemulihan akun ini sudah dicatat. Lihat di daftar.") from error
    record_event(person.application.id, "recovery_record", Actor("officer", officer_id), text=seen.note[:LONGEST_NOTE])
    return recovery


def confirm_recovery(recovery: Recovery, person: Person, officer_id: int) -> None:
    """The second person agrees: the old contacts hear of it and have 24 hours.

    Raises NotAllowed for the officer who wrote it, and for one's own account; Conflict when
    somebody was faster.
    """
    _refuse_own(person, officer_id)
    _refuse_weaker(person)
    if is_same_person(recovery.recorded_by, officer_id):
        raise NotAllowed("Petugas lain yang harus mengonfirmasi: Anda sendiri yang mencatatnya.")
    now = clock.now()
    confirmed = change(
        update(Recovery)
        .where(Recovery.id == recovery.id, Recovery.state == "recorded", Recovery.recorded_by != officer_id)
        .values(state="confirmed", confirmed_by=officer_id, confirmed_at=now, due_at=now + STOP_FOR)
    )
    if confirmed != 1:
        raise _moved()
    db.session.refresh(recovery)
    record_event(recovery.application_id, "recovery_confirm", Actor("officer", officer_id))
    _tell_old_contacts(recovery, person.account)


def drop_recovery(recovery: Recovery, officer_id: int) -> None:
    """An officer takes it back, before or after it was confirmed."""
    _end(recovery, "dropped", Actor("officer", officer_id))


def find_stoppable(secret: str) -> Recovery | None:
    """The recovery behind a link to an old contact; a read, for previews burn nothing."""
    token = find_open_link(STOP_RECOVERY, secret)
    recovery = db.session.get(Recovery, int(token.value)) if token and token.value else None
    return recovery if recovery and recovery.state in OPEN else None


def stop_recovery(secret: str) -> bool:
    """The owner of an old contact says no; False for a link that ended."""
    recovery, token = find_stoppable(secret), find_open_link(STOP_RECOVERY, secret)
    if recovery is None or token is None or not use_up(token):
        return False
    _end(recovery, "stopped", Actor("applicant", recovery.account_id))
    return True


def stop_own_recovery(account_id: int) -> bool:
    """Who is logged in needs no recovery: they stop the one that somebody asked for in their name."""
    recovery = find_open_recovery(account_id)
    if recovery is None:
        return False
    _end(recovery, "stopped", Actor("applicant", account_id))
    return True


def list_due() -> Sequence[int]:
    """Recoveries that nobody stopped in their 24 hours."""
    return db.session.scalars(
        select(Recovery.id)
        .where(Recovery.state == "confirmed", Recovery.due_at <= clock.now())
        .order_by(Recovery.id)
        .limit(100)
    ).all()


def finish_recovery(recovery_id: int) -> bool:
    """Take the new contacts over and send the link there; the old password and all sessions end.

    False when it was stopped in between: the state is taken by one conditional UPDATE.
    """
    now = clock.now()
    taken = change(
        update(Recovery)
        .where(Recovery.id == recovery_id, Recovery.state == "confirmed", Recovery.due_at <= now)
        .values(state="done", ended_at=now)
    )
    if taken != 1:
        return False
    recovery = db.session.get_one(Recovery, recovery_id, populate_existing=True)
    account = db.session.get_one(Account, recovery.account_id)
    end_links(STOP_RECOVERY, Holder(account.id))
    # Whoever had the account until now holds links by which contacts would change, or change back.
    end_all_links(account.id, (NOT_ME, RESET, *CONTACT_KINDS))
    if recovery.phone:
        put_phone(account, recovery.phone, proven=True)
    if recovery.email:
        put_email(account, recovery.email, anyway=True)
    drop_password(account.id)
    detach_all(account.id)
    end_visits_of(account.id)
    form = get_registration_form(recovery.agency)
    post_reset_link(form, account, "pemulihan-siap", lives=LINK_LIFE, to_phone=recovery.phone, to_email=recovery.email)
    record_event(recovery.application_id, "recovery_finish", Actor("system"))
    return True


def _tell_old_contacts(recovery: Recovery, account: Account) -> None:
    issued = issue_link(STOP_RECOVERY, Holder(account.id), lives=STOP_FOR, value=str(recovery.id))
    post_message(
        "pemulihan-diminta",
        agency=recovery.agency,
        account_id=account.id,
        to_phone=account.phone,
        to_email=account.email,
        values={
            "first_name": first_name(account.name),
            "link": f"{PATH}{issued.secret}",
            "due": due_words(issued.expires_at, get_agency(recovery.agency).zone),
        },
        dedupe=f"recovery:{recovery.id}",
    )


def _end(recovery: Recovery, state: str, actor: Actor) -> None:
    ended = change(
        update(Recovery)
        .where(Recovery.id == recovery.id, Recovery.state.in_(OPEN))
        .values(state=state, ended_at=clock.now())
    )
    if ended != 1:
        raise _moved()
    db.session.refresh(recovery)
    end_links(STOP_RECOVERY, Holder(recovery.account_id))
    record_event(recovery.application_id, f"recovery_{state}", actor)


def _refuse_own(person: Person, officer_id: int) -> None:
    if person.account.id == officer_id or is_own_case(person.application.id, officer_id):
        raise NotAllowed("Ini akun Anda atau keluarga Anda. Mintalah petugas lain.")


def _refuse_weaker(person: Person) -> None:
    """New contacts serve every enrolment: who proves people less gives away no account that others proved better."""
    if is_proven_better_elsewhere(person):
        raise Conflict("Akun ini juga terdaftar di instansi yang memeriksa lebih ketat. Pemulihannya di sana.")


def _moved() -> Conflict:
    return Conflict("Pemulihan ini sudah ditangani. Lihat keadaannya di daftar.")
