"""Reads of supporting documents and stored files, always of their owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, func, select

from portal.errors import NotFound
from portal.extensions import db
from portal.models import Application, StoredFile, SupportingDocument

MOST_EARLIER = 24
# What people said about one given file.
GIVEN = (
    SupportingDocument.code,
    SupportingDocument.key,
    SupportingDocument.dated_on,
    SupportingDocument.sheet,
    SupportingDocument.note,
    SupportingDocument.added_round,
)


def list_documents(application_id: int) -> Sequence[Any]:
    """The files given so far, in the order in which they were added."""
    return db.session.execute(
        select(
            *GIVEN,
            StoredFile.code.label("file"),
            StoredFile.name,
            StoredFile.media_type,
            StoredFile.size,
            StoredFile.thumbnail_size,
        )
        .join(StoredFile, StoredFile.id == SupportingDocument.file_id)
        .where(
            SupportingDocument.application_id == application_id,
            SupportingDocument.removed_at.is_(None),
        )
        .order_by(SupportingDocument.id)
    ).all()


def get_document(application_id: int, code: str) -> SupportingDocument:
    """One document of an application that was not removed, or NotFound."""
    found: SupportingDocument | None = db.session.scalar(
        select(SupportingDocument).where(
            SupportingDocument.application_id == application_id,
            SupportingDocument.code == code,
            SupportingDocument.removed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound("document")
    return found


def list_earlier_files(
    account_id: int, *, key: str, media_types: Sequence[str], without: int, closed: Sequence[str] = ()
) -> Sequence[Any]:
    """The account's own earlier files with the date and sheet they last had (SIN-58).

    key: files given for the same document come first. without: the application whose own
    files for that key are left out. closed: agencies that the log-in does not open, and so not what they were given.
    """
    attached = (
        select(StoredFile.original_sha256)
        .join(SupportingDocument, SupportingDocument.file_id == StoredFile.id)
        .where(
            SupportingDocument.application_id == without,
            SupportingDocument.key == key,
            SupportingDocument.removed_at.is_(None),
        )
    )
    # The same photo that was sent several times stands in the list once, as it was used last.
    last = (
        select(
            func.max(SupportingDocument.id).label("id"),
            func.max((SupportingDocument.key == key).cast(Integer)).label("fits"),
        )
        .join(StoredFile, StoredFile.id == SupportingDocument.file_id)
        .where(
            StoredFile.account_id == account_id,
            StoredFile.erased_at.is_(None),
            StoredFile.media_type.in_(media_types),
            StoredFile.original_sha256.not_in(attached),
            *_not_given_to(closed),
        )
        .group_by(StoredFile.original_sha256)
        .subquery()
    )
    return db.session.execute(
        select(
            StoredFile.code,
            StoredFile.name,
            StoredFile.thumbnail_size,
            SupportingDocument.dated_on,
            SupportingDocument.sheet,
        )
        .join(SupportingDocument, SupportingDocument.file_id == StoredFile.id)
        .join(last, SupportingDocument.id == last.c.id)
        .order_by(last.c.fits.desc(), last.c.id.desc())
        .limit(MOST_EARLIER)
    ).all()


def get_own_file(code: str, account_id: int | None, closed: Sequence[str] = ()) -> StoredFile:
    """A stored file of this account, or NotFound: a foreign one is not told from a missing one."""
    found = find_own_file(code, account_id, closed)
    if found is None:
        raise NotFound("file")
    return found


def find_own_file(code: str, account_id: int | None, closed: Sequence[str] = ()) -> StoredFile | None:
    """A stored file of this account that was not erased. closed: agencies that the log-in does not open."""
    if account_id is None:
        return None
    return db.session.scalar(
        select(StoredFile).where(
            StoredFile.code == code,
            StoredFile.account_id == account_id,
            StoredFile.erased_at.is_(None),
            *_not_given_to(closed),
        )
    )


def _not_given_to(agencies: Sequence[str]) -> list[Any]:
    """Leaves out files that applications with these agencies hold; nothing to ask when there are none."""
    if not agencies:
        return []
    given = (
        select(SupportingDocument.file_id)
        .join(Application, Application.id == SupportingDocument.application_id)
        .where(Application.agency.in_(agencies), SupportingDocument.file_id.is_not(None))
    )
    return [StoredFile.id.not_in(given)]


def find_same_document(application_id: int, key: str, file: StoredFile) -> SupportingDocument | None:
    """The document that already holds the same bytes for the same key: a second press finds it."""
    same = StoredFile.original_sha256 == file.original_sha256 if file.original_sha256 else False
    return db.session.scalar(
        select(SupportingDocument)
        .join(StoredFile, StoredFile.id == SupportingDocument.file_id)
        .where(
            SupportingDocument.application_id == application_id,
            SupportingDocument.key == key,
            SupportingDocument.removed_at.is_(None),
            (StoredFile.id == file.id) | same,
        )
        .order_by(SupportingDocument.id)
        .limit(1)
    )


def count_documents(application_id: int, key: str) -> int:
    """How many files one named document has."""
    return (
        db.session.scalar(
            select(func.count()).where(
                SupportingDocument.application_id == application_id,
                SupportingDocument.key == key,
                SupportingDocument.removed_at.is_(None),
            )
        )
        or 0
    )
