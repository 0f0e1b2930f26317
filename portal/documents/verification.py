"""Is this paper ours and unchanged? Answered from its bytes alone, which are never written anywhere."""

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.pades.outcomes import Signature

SIZE_LIMIT = 10 * 1024 * 1024
# A paper has a few endings at most, one for each revision; a file with thousands is made to keep us busy.
ENDINGS_LOOKED_AT = 20
ENDING = re.compile(rb"%%EOF(?:\r\n|\n|\r)?")

State = Literal["true", "tampered", "unknown"]
Reason = Literal["issued", "changed", "appended", "unregistered", "foreign", "not_pdf", "too_big"]


@dataclass(frozen=True)
class Verdict:
    """What is known of a file (XCT-13).

    true: byte for byte what was issued. tampered: it bears our signature, but was changed, or something was put
    behind it. unknown: anything else, also a file that our signer signed and that was never issued (unregistered).
    """

    state: State
    reason: Reason
    sha256: str
    """Of the file looked at; with state `true` the key of the issued document."""
    original_sha256: str | None = None
    """Of the issued document inside a file to which something was appended."""
    signer: str | None = None
    """Common name in the certificate; only when the signature is intact."""
    signed_at: datetime | None = None


def examine(
    pdf: bytes,
    known_sha256: Collection[str] | Callable[[str], bool],
    *,
    our_certificates: Sequence[bytes] = (),
    judge: Callable[[bytes, Sequence[bytes]], Signature],
) -> Verdict:
    """Judge one uploaded file.

    known_sha256: the hashes (64 hex digits) of all issued files, or a question that answers for one.
    our_certificates: PEM or DER of who signs for us: the demo's root, or the certificates of our officers; without
    them a changed file cannot be told from a stranger's.
    judge: judges the last signature by our certificates in DER; `caged.judge_in_cage` where strangers send the file.
    """
    is_known = known_sha256 if callable(known_sha256) else known_sha256.__contains__
    digest = hashlib.sha256(pdf).hexdigest()
    if len(pdf) > SIZE_LIMIT:
        return Verdict("unknown", "too_big", digest)
    if not pdf.startswith(b"%PDF-"):
        return Verdict("unknown", "not_pdf", digest)
    ours = [_der(each) for each in our_certificates]
    if is_known(digest):
        signature = judge(pdf, ours)
        return Verdict("true", "issued", digest, signer=signature.signer, signed_at=signature.signed_at)
    original = _issued_part(pdf, is_known)
    if original:
        return Verdict("tampered", "appended", digest, original_sha256=original)
    if not _bears_our_name(pdf, ours):
        return Verdict("unknown", "foreign", digest)
    signature = judge(pdf, ours)
    if signature.is_intact:
        return Verdict("unknown", "unregistered", digest, signer=signature.signer, signed_at=signature.signed_at)
    return Verdict("tampered", "changed", digest)


def _issued_part(pdf: bytes, is_known: Callable[[str], bool]) -> str | None:
    """The hash of an issued file that this one begins with."""
    hashed, at = hashlib.sha256(), 0
    for number, ending in enumerate(ENDING.finditer(pdf)):
        if number >= ENDINGS_LOOKED_AT:
            return None
        # With and without the line break behind the mark, since writers differ.
        for end in sorted({ending.start() + 5, ending.end()}):
            hashed.update(pdf[at:end])
            at = end
            if is_known(hashed.hexdigest()):
                return hashed.hexdigest()
    return None


def _bears_our_name(pdf: bytes, ours: Sequence[bytes]) -> bool:
    """A signature's container is written in hex digits, so one of our names is found in any file, however broken."""
    from cryptography import x509

    lowered = pdf.lower()
    names = (x509.load_der_x509_certificate(each).subject.public_bytes() for each in ours)
    return any(name.hex().encode() in lowered for name in names)


def _der(certificate: bytes) -> bytes:
    # Few processes ever see a certificate, and this doubles what they carry of the library.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    is_text = certificate.startswith(b"-----BEGIN")
    loaded = x509.load_pem_x509_certificate(certificate) if is_text else x509.load_der_x509_certificate(certificate)
    return loaded.public_bytes(Encoding.DER)
