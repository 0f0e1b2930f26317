"""The chain of events: proves that nothing was changed, left out or cut off, and anchors it outside the database.

Three things hold each other: every event's MAC covers the one before it, the head stands on the subject, and once a
day a digest of all heads goes into a row and into `anchors.log` beside the database (XCT-15).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import and_, func, select, tuple_

from portal import clock
from portal.extensions import db
from portal.models import Anchor, Application, Event, EventText
from portal.operations.events import SUBJECTS, Link
from portal.operations.once import insert_once

LOG = "anchors.log"
# An event gets its time before it commits; a transaction that takes longer than this does not exist.
SETTLED = timedelta(minutes=5)
BATCH = 500


def verify_all() -> list[str]:
    """Check every chain and the anchors; one sentence for each break, none when all is whole."""
    problems = [
        problem for subject in SUBJECTS for ids in _subject_ids(subject) for problem in _verify_batch(subject, ids)
    ]
    return problems + _strangers() + verify_anchors()


def verify_chain(code: str) -> list[str]:
    """Check the chain of one application, named by its code."""
    found = db.session.scalar(select(Application.id).where(Application.code == code))
    return [f"{code}: there is no such application"] if found is None else _verify_batch("application", [found])


def verify_anchors() -> list[str]:
    """Compare the anchors with each other and the newest with the events that it covered.

    The newest covers all that came before it, so one comparison shows every cut and every change.
    """
    rows = {anchor.day: anchor for anchor in db.session.scalars(select(Anchor).order_by(Anchor.day))}
    lines, problems = _read_log()
    for day, line in lines.items():
        row = rows.get(day)
        if row is None:
            problems.append(f"anchor {day}: stands in {LOG} but not in the database")
        elif line != _line(row):
            problems.append(f"anchor {day}: the database and {LOG} differ")
    problems += [f"anchor {day}: is missing in {LOG}" for day in rows if day not in lines]
    if rows:
        newest = rows[max(rows)]
        heads, digest = _digest_heads(newest.made_at)
        if (heads, digest) != (newest.heads, newest.digest):
            problems.append(f"anchor {newest.day}: events that it covered were changed or cut")
    return problems


def anchor_heads(day: date | None = None) -> Anchor:
    """Keep the digest of all heads for a day (UTC; today when not given); a day is anchored once."""
    now = clock.now()
    day = day or now.date()
    # What covers events to the very moment could not be computed again: some are still being written.
    covered_until = now - SETTLED
    if db.session.get(Anchor, day) is None:
        heads, digest = _digest_heads(covered_until)
        insert_once(Anchor, day=day, heads=heads, digest=digest, made_at=covered_until)
    found = db.session.get(Anchor, day)
    assert found is not None
    return found


def write_anchor_lines() -> int:
    """Append every anchor that the file lacks; after the commit, so that the file never runs ahead."""
    lines, _ = _read_log()
    missing = [anchor for anchor in db.session.scalars(select(Anchor).order_by(Anchor.day)) if anchor.day not in lines]
    if missing:
        path = _log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.writelines(_line(anchor) + "\n" for anchor in missing)
    return len(missing)


def _subject_ids(subject_type: str) -> Iterator[Sequence[int]]:
    table, last = SUBJECTS[subject_type], 0
    while True:
        ids = db.session.scalars(select(table.id).where(table.id > last).order_by(table.id).limit(BATCH)).all()
        if not ids:
            return
        yield ids
        last = ids[-1]


def _verify_batch(subject_type: str, ids: Sequence[int]) -> list[str]:
    heads, events = _read_chains(subject_type, ids)
    problems: list[str] = []
    for subject in ids:
        if list(_breaks(heads[subject], events[subject])):
            # Somebody may have written between our two reads; what is really broken is broken again.
            again_heads, again_events = _read_chains(subject_type, [subject])
            problems += _breaks(again_heads[subject], again_events[subject])
    return problems


def _read_chains(subject_type: str, ids: Sequence[int]) -> tuple[dict[int, Any], dict[int, list[Any]]]:
    table = SUBJECTS[subject_type]
    heads = {
        row.id: row
        for row in db.session.execute(select(table.id, table.code, table.seq, table.head).where(table.id.in_(ids)))
    }
    events: dict[int, list[Any]] = {subject: [] for subject in ids}
    for row in db.session.execute(
        select(Event, EventText.salt, EventText.text.label("said"))
        .outerjoin(EventText, EventText.event_id == Event.id)
        .where(Event.subject_type == subject_type, Event.subject_id.in_(ids))
        .order_by(Event.subject_id, Event.seq)
        .execution_options(populate_existing=True)
    ):
        events[row.Event.subject_id].append(row)
    return heads, events


def _breaks(head: Any, rows: Iterable[Any]) -> Iterator[str]:
    vault = current_app.extensions["vault"]
    previous, expected = "", 0
    for row in rows:
        event = row.Event
        expected += 1
        if event.seq != expected:
            yield f"{head.code}: event {expected} is missing"
            expected = event.seq
        link = Link(**{name: getattr(event, name) for name in Link.__dataclass_fields__})
        if vault.mac(link.material(previous)) != event.mac:
            yield f"{head.code}: event {event.seq} does not follow the one before it"
        if row.said is not None and vault.mac(f"{row.salt}\x1f{row.said}".encode()) != event.text_mac:
            yield f"{head.code}: the text of event {event.seq} was changed"
        previous = event.mac
    if expected != head.seq or previous != head.head:
        yield f"{head.code}: the chain ends at event {expected}, its head at {head.seq}"


def _strangers() -> list[str]:
    """Events of a subject that is gone: rows of subjects are never deleted."""
    rows = [
        row
        for subject_type, table in SUBJECTS.items()
        for row in db.session.execute(
            select(Event.subject_type, Event.subject_id)
            .outerjoin(table, table.id == Event.subject_id)
            .where(table.id.is_(None), Event.subject_type == subject_type)
            .distinct()
        )
    ]
    return [f"{row.subject_type} {row.subject_id}: has events, but is gone" for row in rows]


def _digest_heads(until: datetime) -> tuple[int, str]:
    """(how many, keyed digest) of the heads that all chains had at a moment, from the events themselves."""
    running, count = hashlib.sha256(), 0
    for row in _heads(until):
        running.update("\x1f".join(str(part) for part in row).encode() + b"\n")
        count += 1
    digest: str = current_app.extensions["vault"].mac(running.digest())
    return count, digest


def _heads(until: datetime) -> Iterator[Any]:
    """(type, id, seq, mac) of the last event of each subject before a moment, in order, page by page.

    Pages and no cursor of the server, because reads run in autocommit.
    """
    after = ("", 0)
    while True:
        last = (
            select(Event.subject_type, Event.subject_id, func.max(Event.seq).label("seq"))
            .where(Event.at < until, tuple_(Event.subject_type, Event.subject_id) > tuple_(*after))
            .group_by(Event.subject_type, Event.subject_id)
            .order_by(Event.subject_type, Event.subject_id)
            .limit(BATCH)
            .subquery()
        )
        same = [getattr(last.c, name) == getattr(Event, name) for name in ("subject_type", "subject_id", "seq")]
        rows = db.session.execute(
            select(Event.subject_type, Event.subject_id, Event.seq, Event.mac)
            .join(last, and_(*same))
            .order_by(Event.subject_type, Event.subject_id)
        ).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = (rows[-1].subject_type, rows[-1].subject_id)


def _line(anchor: Anchor) -> str:
    return f"{anchor.day} {anchor.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {anchor.heads} {anchor.digest}"


def _read_log() -> tuple[dict[date, str], list[str]]:
    path = _log_path()
    lines: dict[date, str] = {}
    problems: list[str] = []
    content = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            lines[date.fromisoformat(line[:10])] = line
        except ValueError:
            problems.append(f"{LOG}: line {number} is unreadable")
    return lines, problems


def _log_path() -> Path:
    folder: Path = current_app.extensions["config"].instance_dir
    return folder / LOG
