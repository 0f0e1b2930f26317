"""Reads of submissions, and of the papers that came out of an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal import clock
from portal.errors import NotFound
from portal.extensions import db
from portal.models import DownloadGrant, IssuedDocument, StoredFile, Submission


def find_submission(application_id: int, round_: int) -> Submission | None:
    """What was frozen when the application was sent in that round."""
    return db.session.scalar(
        select(Submission).where(Submission.application_id == application_id, Submission.round == round_)
    )


def list_issued(application_id: int) -> Sequence[IssuedDocument]:
    """The signed papers of an application that can be or could have been downloaded, newest first."""
    return db.session.scalars(
        select(IssuedDocument)
        .where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.state == "signed",
            IssuedDocument.download_until.is_not(None),
        )
        .order_by(IssuedDocument.id.desc())
    ).all()


def get_issued(application_id: int, verification_code: str) -> IssuedDocument:
    """A signed paper of this application that was handed out, or NotFound."""
    found: IssuedDocument | None = db.session.scalar(
        select(IssuedDocument).where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.verification_code == verification_code,
            IssuedDocument.state == "signed",
            IssuedDocument.download_until.is_not(None),
        )
    )
    if found is None:
        raise NotFound("paper")
    return found


def find_live_grant(document_id: int, account_id: int | None) -> DownloadGrant | None:
    """The taken grant under which the account may still fetch or resume the bytes."""
    return db.session.scalar(
        select(DownloadGrant)
        .where(
            DownloadGrant.document_id == document_id,
            DownloadGrant.account_id == account_id,
            DownloadGrant.resume_until > clock.now(),
        )
        .order_by(DownloadGrant.ordinal.desc())
        .limit(1)
    )


def find_grant_of_paper(application_id: int, verification_code: str, account_id: int | None) -> Any:
    """The signed file with its document, only while this account holds a live grant for it."""
    return db.session.execute(
        select(StoredFile, IssuedDocument)
        .join(IssuedDocument, IssuedDocument.signed_file_id == StoredFile.id)
        .join(DownloadGrant, DownloadGrant.document_id == IssuedDocument.id)
        .where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.verification_code == verification_code,
            IssuedDocument.state == "signed",
            DownloadGrant.account_id == account_id,
            DownloadGrant.resume_until > clock.now(),
        )
        .limit(1)
    ).first()
