"""Notes of a revision: each is answered by a change of what it is about, or by an explanation."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotFound
from portal.extensions import db
from portal.models import Application, RevisionNote
from portal.operations.chat import write_message
from portal.queries.applications import list_returned_notes
from portal.transaction import change

WHOLE = "all"


def answer_notes_about(application: Application, targets: Sequence[str]) -> None:
    """Mark the open notes about changed fields and documents as answered.

    targets: such as `field:name` or `document:ktp`. Any change answers a note about the whole.
    """
    if not targets:
        return
    db.session.execute(
        update(RevisionNote)
        .where(
            RevisionNote.application_id == application.id,
            RevisionNote.round == application.round,
            RevisionNote.returned_at.is_not(None),
            RevisionNote.answered_at.is_(None),
            RevisionNote.target.in_([*targets, WHOLE]),
        )
        .values(answered_at=clock.now())
    )


def explain_note(application: Application, ordinal: int, actor: Actor, *, name: str, text: str, once_key: str) -> None:
    """Answer a note with words instead of a change; the words go to the talk, where the officer reads.

    ordinal: place of the note (from 1) among those that came back with this round.
    """
    notes = list_returned_notes(application)
    if not 1 <= ordinal <= len(notes):
        raise NotFound("note")
    if not text.strip():
        raise Invalid({"text": "Tulis penjelasannya, misalnya mengapa datanya sudah benar."})
    note = notes[ordinal - 1]
    write_message(application, actor, name=name, text=text, once_key=once_key)
    changed = change(
        update(RevisionNote)
        .where(RevisionNote.id == note.id, RevisionNote.round == application.round)
        .values(answered_at=clock.now())
    )
    if changed != 1:
        raise Conflict("Catatan ini baru saja berubah. Buka lagi.")
    db.session.refresh(note)
