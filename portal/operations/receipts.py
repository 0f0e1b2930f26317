"""The Bukti Pengiriman as a PDF: made once for each sending, kept, and made again only if it is lost."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Application, StoredFile, Submission
from portal.operations.once import insert_once
from portal.operations.paper_words import proof_words
from portal.operations.papers import PDF, render, store_pdf
from portal.transaction import transaction

TEMPLATE = "bukti-pengiriman"


def receipt_code(submission_id: int) -> str:
    """The code of a sending's receipt: always the same for it, and guessed by nobody."""
    digest: str = current_app.extensions["vault"].digest("receipt", str(submission_id))
    return f"bukti-{digest[:32]}"


def find_receipt(submission_id: int) -> StoredFile | None:
    """The stored receipt of a sending."""
    return db.session.scalar(select(StoredFile).where(StoredFile.code == receipt_code(submission_id)))


def ensure_receipt(submission_id: int) -> StoredFile | None:
    """The receipt of a sending, made now if it was not yet; None for a sending that does not exist.

    To be called with no transaction open: it renders for a tenth of a second, then writes one row.
    Two at once make two files and keep one; the other is unreadable, for its key is nowhere.
    """
    found = find_receipt(submission_id)
    submission = db.session.get(Submission, submission_id)
    if found is not None or submission is None:
        return found
    application = db.session.get(Application, submission.application_id)
    assert application is not None
    words = proof_words(application, submission)
    blob = store_pdf(render(TEMPLATE, words, application.agency))
    now = clock.now()
    with transaction():
        is_ours = insert_once(
            StoredFile,
            code=receipt_code(submission_id),
            account_id=application.account_id,
            name=f"Bukti Pengiriman {application.code}.pdf",
            media_type=PDF,
            size=blob.size,
            sha256=blob.sha256,
            original_sha256="",
            thumbnail_size=0,
            blob=blob.name,
            wrapped_key=blob.wrapped_key,
            created_at=now,
            claimed_at=now,
        )
    if not is_ours:
        current_app.extensions["storage"].delete(blob.name)
    return find_receipt(submission_id)
