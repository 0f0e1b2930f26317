"""Stored files: kept as temporary first, claimed by whatever uses them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import current_app

from portal import clock
from portal.documents.uploads import AcceptedUpload
from portal.extensions import db
from portal.integrations.storage import Storage, StoredBlob
from portal.models import StoredFile

FOLDER = "documents"


@dataclass(frozen=True)
class KeptBlobs:
    """The sealed bytes of one accepted upload, lying in the storage before any row names them."""

    upload: AcceptedUpload
    content: StoredBlob
    thumbnail: StoredBlob | None


def store_blobs(upload: AcceptedUpload) -> KeptBlobs:
    """Seal and store an accepted upload; done outside the transaction, for it may take its time."""
    storage: Storage = current_app.extensions["storage"]
    return KeptBlobs(
        upload=upload,
        content=storage.put(upload.content, FOLDER),
        thumbnail=storage.put(upload.thumbnail, "thumbnails") if upload.thumbnail else None,
    )


def keep_file(kept: KeptBlobs, *, account_id: int | None) -> StoredFile:
    """The row of stored bytes, temporary until it is claimed: a wrong date does not lose the file."""
    thumbnail = kept.thumbnail
    file = StoredFile(
        code=secrets.token_urlsafe(16),
        account_id=account_id,
        name=kept.upload.original_name,
        media_type=kept.upload.mime_type,
        size=kept.content.size,
        sha256=kept.content.sha256,
        original_sha256=kept.upload.original_sha256,
        blob=kept.content.name,
        wrapped_key=kept.content.wrapped_key,
        thumbnail_blob=thumbnail.name if thumbnail else None,
        thumbnail_key=thumbnail.wrapped_key if thumbnail else None,
        thumbnail_size=thumbnail.size if thumbnail else 0,
        created_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()
    return file


def claim_file(file: StoredFile) -> None:
    """Say that something uses the file, so that the clean-up leaves it alone."""
    if file.claimed_at is None:
        file.claimed_at = clock.now()
