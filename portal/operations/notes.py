"""Revision notes: what an officer asks to mend, kept as a draft until the case is returned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.extensions import db
from portal.models import Application, RevisionNote
from portal.queries.officers import is_own_case

LONGEST = 1000
WHOLE = "all"  # the target of a note about the whole application


def draft_note(
    application: Application, actor: Actor, target: str, text: str, *, targets: Collection[str]
) -> RevisionNote:
    """Keep a note at once, so that nothing is lost when the page is left.

    targets: what may be noted (`field:<key>`, `document:<key>`); WHOLE always may. Raises
    Invalid without text, Conflict unless this officer holds the case.
    """
    _refuse_strangers(application, actor)
    if target != WHOLE and target not in targets:
        raise NotFound("target")
    text = text.strip()
    if len(text) < 3:
        raise Invalid({"text": "Tulis apa yang harus diperbaiki."})
    if len(text) > LONGEST:
        raise Invalid({"text": f"Tulis paling banyak {LONGEST} huruf."})
    note = RevisionNote(
        application_id=application.id,
        round=application.round,
        target=target,
        text=text,
        author_id=actor.account_id,
        written_at=clock.now(),
    )
    db.session.add(note)
    db.session.flush()
    return note


def remove_note(application: Application, actor: Actor, written_at: datetime) -> None:
    """Throw a drafted note away; what was already returned stays, and what is gone is gone.

    written_at: the moment that names the note among those of its application.
    """
    _refuse_strangers(application, actor)
    db.session.execute(
        delete(RevisionNote).where(
            RevisionNote.application_id == application.id,
            RevisionNote.written_at == written_at,
            RevisionNote.returned_at.is_(None),
        )
    )


def _refuse_strangers(application: Application, actor: Actor) -> None:
    if is_own_case(application.id, actor.account_id):
        raise NotAllowed("Ini pengajuan Anda atau keluarga Anda. Mintalah petugas lain.")
    if application.claimed_by != actor.account_id:
        raise Conflict("Ambil dulu pengajuan ini sebelum menulis catatan.")
