"""Reads of the photo of an account."""

from __future__ import annotations

from sqlalchemy import select

from portal.extensions import db
from portal.models import Portrait, StoredFile


def find_portrait(account_id: int) -> StoredFile | None:
    """The account's own photo, or None."""
    return db.session.scalar(
        select(StoredFile)
        .join(Portrait, Portrait.file_id == StoredFile.id)
        .where(Portrait.account_id == account_id, StoredFile.erased_at.is_(None))
    )
