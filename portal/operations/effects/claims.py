"""Effects on who holds a case and on what its officer asks for: claim, release, send the notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import or_, update

from portal.errors import Conflict
from portal.extensions import db
from portal.models import Application, RevisionNote
from portal.transaction import change

if TYPE_CHECKING:
    from portal.operations.perform import Performed


def claim(performed: Performed, _argument: str = "") -> None:
    """Give the case to the officer who acts; Conflict when another one holds it."""
    application, officer = performed.application, performed.actor.account_id
    taken = change(
        update(Application)
        .where(
            Application.id == application.id,
            or_(Application.claimed_by.is_(None), Application.claimed_by == officer),
        )
        .values(claimed_by=officer, claimed_at=performed.at)
    )
    if taken != 1:
        raise Conflict("Pengajuan ini sedang dikerjakan petugas lain.")
    db.session.refresh(application)


def release(performed: Performed, _argument: str = "") -> None:
    """Nobody holds the case any more."""
    db.session.execute(
        update(Application)
        .where(Application.id == performed.application.id)
        .values(claimed_by=None, claimed_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(performed.application)


def send_notes(performed: Performed, _argument: str = "") -> None:
    """The officer's drafted notes become the applicant's: from now on they are to be answered."""
    db.session.execute(
        update(RevisionNote)
        .where(
            RevisionNote.application_id == performed.application.id,
            RevisionNote.returned_at.is_(None),
            RevisionNote.answered_at.is_(None),
        )
        .values(returned_at=performed.at)
        .execution_options(synchronize_session=False)
    )


EFFECTS: dict[str, Callable[[Performed, str], None]] = {
    "claim": claim,
    "release": release,
    "send_notes": send_notes,
}
