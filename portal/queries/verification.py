"""What the public may learn about an issued paper (XCT-13)."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from portal.engine.calendars import spoken_moment
from portal.extensions import db
from portal.models import Application, IssuedDocument
from portal.queries.catalogue import get_agency

# state of the paper -> tone, heading and sentence of the page
WORDS = {
    "signed": ("good", "Dokumen ini asli dan berlaku", "Cocokkan isinya dengan kertas di tangan Anda."),
    "replaced": ("bad", "Dokumen ini sudah diganti", "Minta dokumen yang baru kepada pemiliknya."),
    "revoked": ("bad", "Dokumen ini sudah dicabut", "Dokumen ini tidak berlaku lagi."),
}


@dataclass(frozen=True)
class PaperView:
    """A published paper as strangers may see it; the name is masked."""

    agency: str
    state: str
    tone: str
    heading: str
    sentence: str
    rows: list[dict[str, str]]


def find_paper(code: str) -> PaperView | None:
    """The paper behind a verification code, once it was published."""
    row = db.session.execute(
        select(
            IssuedDocument.title,
            IssuedDocument.number,
            IssuedDocument.state,
            IssuedDocument.subject_masked,
            IssuedDocument.signed_at,
            IssuedDocument.signer_name,
            Application.agency,
        )
        .join(Application, Application.id == IssuedDocument.application_id)
        .where(IssuedDocument.verification_code == code, IssuedDocument.state.in_(WORDS))
    ).one_or_none()
    if row is None or row.signed_at is None:
        return None
    agency = get_agency(row.agency)
    tone, heading, sentence = WORDS[row.state]
    at = spoken_moment(row.signed_at.astimezone(ZoneInfo(agency.zone)), agency.zone)
    rows = [
        {"label": "Jenis dokumen", "value": row.title},
        {"label": "Penerbit", "value": agency.name},
        {"label": "Nomor", "value": row.number},
        {"label": "Nama", "value": row.subject_masked},
        {"label": "Ditandatangani" if row.signer_name else "Diterbitkan", "value": at},
    ]
    return PaperView(row.agency, row.state, tone, heading, sentence, rows)


def is_file_of(code: str, digest: str) -> bool:
    """Whether the published paper with this verification code has this SHA-256 (hex).

    The file of another paper is genuine too, but not what this page vouches for.
    """
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    IssuedDocument.verification_code == code,
                    IssuedDocument.sha256 == digest,
                    IssuedDocument.state.in_(WORDS),
                )
            )
        )
    )
