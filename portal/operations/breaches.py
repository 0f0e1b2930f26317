"""The register of breaches: recorded, mended, told to the authority and to the people, closed (UU PDP article 46)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import update

from portal import clock
from portal.engine.messages import first_name
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.models import Breach
from portal.operations.outbox import post_message
from portal.queries.privacy import list_enrolled_after
from portal.queue import JobName, enqueue_after_commit
from portal.transaction import change, transaction

TELL_WITHIN = timedelta(hours=72)  # 3 x 24 hours after it was found
SHORTEST = 10
BATCH = 200
ASKED = {
    "what": "Tulis data apa yang terungkap, dan milik siapa.",
    "how": "Tulis kapan dan bagaimana data terungkap.",
    "measures": "Tulis apa yang sudah dan akan dilakukan.",
}
Step = Literal["authority", "people", "close"]
STEPS = {"authority": "authority_told_at", "people": "people_told_at", "close": "closed_at"}


@dataclass(frozen=True)
class Told:
    """What is known of a breach; `found_at` is aware and not in the future."""

    found_at: datetime | None
    what: str
    how: str
    measures: str
    people: int


def record_breach(agency: str, officer: int, told: Told) -> Breach:
    """Write a breach into the register; its clock runs from the moment it was found."""
    _check(told)
    assert told.found_at is not None
    now = clock.now()
    breach = Breach(
        code=secrets.token_urlsafe(12),
        agency=agency,
        found_at=told.found_at,
        due_at=told.found_at + TELL_WITHIN,
        recorded_at=now,
        recorded_by=officer,
        version=0,
        what=told.what.strip(),
        how=told.how.strip(),
        measures=told.measures.strip(),
        people=told.people,
    )
    db.session.add(breach)
    db.session.flush()
    return breach


def mend_breach(breach: Breach, told: Told, seen: int) -> None:
    """Take over what is known now; not when somebody else wrote meanwhile, nor once people were told."""
    _check(told)
    changed = change(
        update(Breach)
        .where(Breach.id == breach.id, Breach.version == seen, Breach.people_told_at.is_(None))
        .values(
            what=told.what.strip(),
            how=told.how.strip(),
            measures=told.measures.strip(),
            people=told.people,
            version=Breach.version + 1,
        )
    )
    if changed != 1:
        raise Conflict("Catatan ini baru saja diubah, atau sudah diberitahukan. Buka lagi.")


def take_step(breach: Breach, step: Step) -> None:
    """Note that a duty was done, once; telling the people sends each of them the notice.

    Raises Conflict for a step that was taken, and for closing before both were told.
    """
    column = getattr(Breach, STEPS[step])
    wanted = [Breach.id == breach.id, column.is_(None)]
    if step == "close":
        wanted += [Breach.authority_told_at.is_not(None), Breach.people_told_at.is_not(None)]
    values = {STEPS[step]: clock.now(), "version": Breach.version + 1}
    if change(update(Breach).where(*wanted).values(values)) != 1:
        raise Conflict("Langkah ini sudah dicatat, atau belum waktunya.")
    if step == "people":
        enqueue_after_commit(JobName.TELL_OF_BREACH, breach.id)


def tell_people(breach_id: int) -> int:
    """Send the notice to everybody who is enrolled with the agency; returns how many messages were new.

    Twice is once: each message has a stable key. A batch a transaction, so that thousands hold no lock.
    """
    breach = db.session.get(Breach, breach_id)
    if breach is None or breach.people_told_at is None:
        return 0
    last = sent = 0
    while rows := list_enrolled_after(breach.agency, last, BATCH):
        with transaction():
            for row in rows:
                sent += post_message(
                    "kebocoran-data",
                    agency=breach.agency,
                    account_id=row.id,
                    to_phone=row.phone if row.phone_proven_at else None,
                    to_email=row.email,
                    values={"first_name": first_name(row.name), "link": f"/pemberitahuan/{breach.code}"},
                    dedupe=f"breach:{breach.id}:{row.id}",
                )
        last = rows[-1].id
    return sent


def _check(told: Told) -> None:
    problems = {key: words for key, words in ASKED.items() if len(getattr(told, key).strip()) < SHORTEST}
    if told.found_at is None:
        problems["found_at"] = "Isi tanggal dan jam diketahui."
    elif told.found_at > clock.now():
        problems["found_at"] = "Waktu diketahui tidak boleh sesudah sekarang."
    if told.people < 0:
        problems["people"] = "Isi perkiraan jumlah orang."
    if problems:
        raise Invalid(problems)
