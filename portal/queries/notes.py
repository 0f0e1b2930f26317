"""Reads of revision notes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, RevisionNote
from portal.queries.rows import AnyRow


def list_notes(application_id: int) -> Sequence[AnyRow]:
    """All notes of an application with their authors, oldest first."""
    return db.session.execute(
        select(
            RevisionNote.round,
            RevisionNote.target,
            RevisionNote.text,
            RevisionNote.written_at,
            RevisionNote.returned_at,
            RevisionNote.answered_at,
            Account.name.label("author"),
        )
        .join(Account, Account.id == RevisionNote.author_id)
        .where(RevisionNote.application_id == application_id)
        .order_by(RevisionNote.id)
    ).all()
