"""One signature: the signing service is asked once, and what came back is looked at before anybody relies on it."""

from __future__ import annotations

import structlog
from flask import current_app

from portal.cage import Broken, Shut
from portal.integrations.signer import OutcomeUnknown, Secret, SignerBusy, SignerRefused, SigningFailed
from portal.pades import apart

log = structlog.get_logger(__name__)

REASON = "Penerbitan dokumen"
WORDS = {
    "passphrase": "Passphrase salah. Dokumen belum ditandatangani.",
    "certificate": "Sertifikat Anda tidak dapat dipakai. Hubungi admin.",
    "not_pdf": "Berkas dokumen rusak. Minta verifikator membuatnya lagi.",
}
BUSY = "Layanan tanda tangan sedang sibuk. Coba lagi sebentar."
AWAY = "Layanan tanda tangan tidak dapat dihubungi. Dokumen belum ditandatangani. Coba lagi."
UNKNOWN = "Hasil tanda tangan belum diketahui. Aman untuk mencoba lagi."


class NotSigned(Exception):
    """Why one paper is not signed, as a sentence."""


class SigningStopped(NotSigned):
    """A problem that the other papers would meet too."""


def signed_bytes(pdf: bytes, signer_ref: str, passphrase: str, *, location: str, document_id: int) -> bytes:
    """What the signing service made of the paper, once it was found to be whole; raises NotSigned.

    signer_ref: by what name the service knows the signer. document_id: for the log.
    """
    signer = current_app.extensions["signer"]
    try:
        signed: bytes = signer.sign(
            pdf,
            signer_ref,
            Secret(passphrase),
            reason=REASON,
            location=location,
        )
    except SignerRefused as refusal:
        kind = NotSigned if refusal.cause == "not_pdf" else SigningStopped
        raise kind(WORDS[refusal.cause]) from None
    except SignerBusy:
        raise SigningStopped(BUSY) from None
    except OutcomeUnknown:
        raise NotSigned(UNKNOWN) from None
    except SigningFailed:
        raise SigningStopped(AWAY) from None
    if not is_whole(signed):
        log.warning("paper_signature_not_whole", document=document_id)
        raise NotSigned(UNKNOWN)
    return signed


def is_whole(pdf: bytes) -> bool:
    """Whether the last signature is intact and covers the whole file; says nothing about whose it is."""
    try:
        return apart.is_whole(pdf)
    except (Broken, Shut) as failure:
        # A paper is not signed by what cannot be read.
        log.warning("paper_signature_unreadable", reason=type(failure).__name__)
        return False
