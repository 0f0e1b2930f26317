"""The photo that a person gives of themselves, and takes away again (PAS-47)."""

from __future__ import annotations

from portal import clock
from portal.extensions import db
from portal.models import Portrait, StoredFile
from portal.operations.files import KeptBlobs, claim_file, keep_file


def put_portrait(account_id: int, kept: KeptBlobs) -> None:
    """Make a stored picture the account's photo; the former one becomes unreadable at once."""
    remove_portrait(account_id)
    file = keep_file(kept, account_id=account_id)
    claim_file(file)
    db.session.add(Portrait(account_id=account_id, file_id=file.id, added_at=clock.now()))
    db.session.flush()


def remove_portrait(account_id: int) -> None:
    """Take the photo away; without its key the stored bytes are noise, and a clean-up fetches them."""
    portrait = db.session.get(Portrait, account_id)
    if portrait is None:
        return
    file = db.session.get_one(StoredFile, portrait.file_id)
    db.session.delete(portrait)
    file.erased_at, file.wrapped_key, file.thumbnail_key = clock.now(), b"", None
    db.session.flush()
