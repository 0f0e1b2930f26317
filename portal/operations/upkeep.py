"""Upkeep: what time does by itself, and what is erased once nobody needs it; every part may run twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from portal import clock
from portal.engine.workflow import Actor, Due, due_timers
from portal.extensions import db
from portal.models import (
    Application,
    Attempt,
    Declaration,
    IssuedDocument,
    Stamp,
    StashedForm,
    StoredFile,
    SupportingDocument,
    Token,
    Visit,
)
from portal.operations.captchas import forget_old_sums
from portal.operations.facts import gather_facts
from portal.operations.outbox import notify_applicant
from portal.operations.perform import Payload, perform
from portal.queries.catalogue import declared_for, pinned
from portal.queue import JobName, enqueue_after_commit
from portal.transaction import change

SYSTEM = Actor("system")
BATCH = 200
DAY = timedelta(days=1)
TOKENS_KEPT = timedelta(days=30)  # so that an old link can still say that it has ended
LOST_AFTER = timedelta(minutes=1)
MOST_WANTED = 100


@dataclass(frozen=True)
class Hand:
    """One moment that a workflow names: so long after a state began, an action or its reminder is due.

    number: 0 for the action itself, 1 and on for its reminders.
    """

    declaration_id: int
    state: str
    action: str
    number: int
    offset: timedelta

    @property
    def key(self) -> str:
        """Under which the watermark of this hand is kept."""
        words = f"{self.declaration_id}:{self.state}:{self.action}:{self.number}"
        return f"timer:{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def list_hands() -> Iterator[Hand]:
    """Every moment of every stored declaration."""
    for declaration_id in db.session.scalars(select(Declaration.id).order_by(Declaration.id)).all():
        _, workflow = pinned(declaration_id)
        for key, action in workflow.actions.items():
            if action.timer is None:
                continue
            reminders = sorted(action.timer.after - before for before in action.timer.remind)
            for number, offset in enumerate([action.timer.after, *reminders]):
                for state in action.from_:
                    yield Hand(declaration_id, state, key, number, offset)


def list_struck(hand: Hand, now: datetime) -> Iterator[int]:
    """Ids of the subjects for which this moment came since the last look, oldest first.

    Those before the watermark were judged then: a paper that was downloaded in time stays in its state for
    ever, and is not looked at every minute.
    """
    mark = find_watermark(hand)
    after: tuple[datetime, int] | None = None
    while True:
        wanted = [
            Application.declaration_id == hand.declaration_id,
            Application.state == hand.state,
            Application.entered_at <= now - hand.offset,
        ]
        if mark is not None:
            wanted.append(Application.entered_at > mark - hand.offset)
        if after is not None:
            at, last = after
            wanted.append(
                or_(
                    Application.entered_at > at,
                    (Application.entered_at == at) & (Application.id > last),
                )
            )
        rows = db.session.execute(
            select(Application.id, Application.entered_at)
            .where(*wanted)
            .order_by(Application.entered_at, Application.id)
            .limit(BATCH)
        ).all()
        yield from (row.id for row in rows)
        if len(rows) < BATCH:
            return
        after = (rows[-1].entered_at, rows[-1].id)


def strike(hand: Hand, application_id: int) -> bool:
    """Do what is due for one subject, if it still is; returns whether anything was done.

    Raises what `perform` raises. Twice is once: the action leaves the state, the reminder has a stable id.
    """
    application = db.session.get(Application, application_id)
    if application is None or application.state != hand.state:
        return False
    due = _due(application, hand)
    if due is None:
        return False
    if due.kind == "act":
        perform(application, due.action, SYSTEM, Payload(seen=application.version))
        return True
    # The version names this stay in the state: after the next revision the clock begins anew.
    dedupe = f"timer:{application.id}:{application.version}:{due.action}:{due.number}"
    return notify_applicant(application, due.message, dedupe=dedupe) > 0


def _due(application: Application, hand: Hand) -> Due | None:
    declared = declared_for(application)
    facts = gather_facts(application, declared, hand.action, SYSTEM, Payload())
    found = due_timers(declared.workflow, application.state, application.entered_at, clock.now(), facts)
    return next((due for due in found if due.action == hand.action and due.number == hand.number), None)


def held_back(hand: Hand, application_id: int) -> datetime | None:
    """How far the watermark may go so that a subject is met again; None when it left the state."""
    entered_at = db.session.scalar(
        select(Application.entered_at).where(Application.id == application_id, Application.state == hand.state)
    )
    if entered_at is None:
        return None
    return entered_at + hand.offset - timedelta(microseconds=1)


def find_watermark(hand: Hand) -> datetime | None:
    """Up to which moment this hand was read."""
    text = db.session.scalar(select(Stamp.value).where(Stamp.key == hand.key))
    return datetime.fromisoformat(text) if text else None


def set_watermark(hand: Hand, at: datetime) -> None:
    """Note up to which moment this hand was read; it never goes back."""
    mark = find_watermark(hand)
    if mark is not None and mark >= at:
        return
    stamp = db.session.get(Stamp, hand.key)
    if stamp is None:
        db.session.add(Stamp(key=hand.key, value=at.isoformat()))
    else:
        stamp.value = at.isoformat()
    db.session.flush()


def erase_expired_rows() -> int:
    """Forget what has ended: visits, captchas, links and codes, typed forms, counted tries; how many rows.

    A visit stays a day longer than it lives, because it tells whose form was typed when it had ended; a used
    telephone code stays, because it is the proof of the number.
    """
    now = clock.now()
    ended = [
        delete(Visit).where(Visit.expires_at < now - DAY),
        delete(StashedForm).where(StashedForm.created_at < now - DAY),
        delete(Attempt).where(Attempt.tried_at < now - DAY),
        delete(Token).where(
            Token.expires_at < now - TOKENS_KEPT,
            or_(Token.used_at.is_(None), Token.kind != "phone"),
        ),
    ]
    return forget_old_sums() + sum(change(statement) for statement in ended)


def mark_stale_files() -> int:
    """Make unreadable what nobody claimed within a day, and the files of drafts that were thrown away."""
    now = clock.now()
    given = select(SupportingDocument.id).where(SupportingDocument.file_id == StoredFile.id)
    alive = given.join(Application, Application.id == SupportingDocument.application_id).where(
        Application.erased_at.is_(None)
    )
    unclaimed = StoredFile.claimed_at.is_(None) & (StoredFile.created_at < now - DAY)
    thrown_away = exists(given.where(SupportingDocument.removed_at.is_not(None))) & ~exists(alive)
    in_paper = exists(
        select(IssuedDocument.id).where(
            or_(
                IssuedDocument.unsigned_file_id == StoredFile.id,
                IssuedDocument.signed_file_id == StoredFile.id,
            )
        )
    )
    return change(
        update(StoredFile)
        .where(
            StoredFile.erased_at.is_(None),
            or_(unclaimed, thrown_away),
            ~in_paper,
        )
        # Without its key a file is noise at once, whatever happens to its bytes.
        .values(erased_at=now, wrapped_key=b"", thumbnail_key=None)
    )


def list_erased_files() -> Sequence[Any]:
    """Marked files whose bytes still lie in the storage: id, blob, thumbnail_blob."""
    return db.session.execute(
        select(StoredFile.id, StoredFile.blob, StoredFile.thumbnail_blob)
        .where(StoredFile.erased_at.is_not(None), StoredFile.blob != "")
        .order_by(StoredFile.id)
        .limit(BATCH)
    ).all()


def forget_blob(file_id: int) -> None:
    """The bytes are gone from the storage too."""
    db.session.execute(
        update(StoredFile)
        .where(StoredFile.id == file_id, StoredFile.erased_at.is_not(None))
        .values(blob="", thumbnail_blob=None)
        .execution_options(synchronize_session=False)
    )


def sweep_papers(*, retry_failed: bool) -> int:
    """Ask again for papers that are wanted for too long; those that failed only when `retry_failed`."""
    wanted = select(IssuedDocument.id).where(
        IssuedDocument.state == "wanted",
        IssuedDocument.wanted_at < clock.now() - LOST_AFTER,
    )
    if not retry_failed:
        wanted = wanted.where(IssuedDocument.problem == "")
    ids = db.session.scalars(wanted.order_by(IssuedDocument.id).limit(MOST_WANTED)).all()
    for document_id in ids:
        enqueue_after_commit(JobName.MAKE_DOCUMENT, document_id)
    return len(ids)
