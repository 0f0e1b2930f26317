"""Is this paper ours and unchanged? Answered from its bytes alone, which are never written anywhere."""

import hashlib
import io
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

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


@dataclass(frozen=True)
class Signature:
    """The last signature of a file, and whose it is; the rest is told only when it is intact."""

    is_intact: bool
    signer: str | None
    signed_at: datetime | None


NOT_INTACT = Signature(is_intact=False, signer=None, signed_at=None)
Certificates = Sequence[asn1_x509.Certificate]


def examine(
    pdf: bytes,
    known_sha256: Collection[str] | Callable[[str], bool],
    *,
    our_certificates: Sequence[bytes] = (),
    judge: Callable[[bytes, Certificates], Signature] | None = None,
) -> Verdict:
    """Judge one uploaded file.

    known_sha256: the hashes (64 hex digits) of all issued files, or a question that answers for one.
    our_certificates: PEM or DER of who signs for us: the demo's root, or the certificates of our officers; without
    them a changed file cannot be told from a stranger's.
    judge: judges the signature of a file that we did not issue; `caged.judge_in_cage` where strangers send it.
    """
    is_known = known_sha256 if callable(known_sha256) else known_sha256.__contains__
    digest = hashlib.sha256(pdf).hexdigest()
    if len(pdf) > SIZE_LIMIT:
        return Verdict("unknown", "too_big", digest)
    if not pdf.startswith(b"%PDF-"):
        return Verdict("unknown", "not_pdf", digest)
    ours = [_certificate(each) for each in our_certificates]
    if is_known(digest):
        signature = judge_signature(pdf, ours)
        return Verdict("true", "issued", digest, signer=signature.signer, signed_at=signature.signed_at)
    original = _issued_part(pdf, is_known)
    if original:
        return Verdict("tampered", "appended", digest, original_sha256=original)
    if not _bears_our_name(pdf, ours):
        return Verdict("unknown", "foreign", digest)
    signature = (judge or judge_signature)(pdf, ours)
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


def _bears_our_name(pdf: bytes, ours: Sequence[asn1_x509.Certificate]) -> bool:
    """A signature's container is written in hex digits, so one of our names is found in any file, however broken."""
    lowered = pdf.lower()
    return any(certificate.subject.dump().hex().encode() in lowered for certificate in ours)


def judge_signature(pdf: bytes, ours: Sequence[asn1_x509.Certificate]) -> Signature:
    """The last signature, judged; anything that a parser of hostile bytes may raise means: not intact."""
    # Slow to import and large in memory; most web processes never verify a file.
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    try:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
        if not embedded:
            return NOT_INTACT
        moment = embedded[-1].self_reported_timestamp
        # Judged at its own moment: a certificate may expire while the paper stays true.
        context = ValidationContext(trust_roots=list(ours), allow_fetching=False, moment=moment)
        status = validate_pdf_signature(embedded[-1], context)
        is_intact = (
            status.bottom_line
            and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
            and _is_as_written(embedded[-1], ours)
        )
        signer = status.signing_cert.subject.native.get("common_name")
    except Exception:  # noqa: BLE001 - the verdict is due whatever the bytes do to the library.
        return NOT_INTACT
    return Signature(is_intact, signer, moment) if is_intact else NOT_INTACT


def _is_as_written(embedded: "EmbeddedPdfSignature", ours: Sequence[asn1_x509.Certificate]) -> bool:
    """Whether the container of the signature, which no signature covers, is in the one form that signers write.

    Else its padding, its letters' case or its spare certificates could be changed without breaking the signature.
    """
    written = embedded.reader.stream
    first, length, second, _ = (int(number) for number in embedded.byte_range)
    written.seek(first + length)
    digits = written.read(second - first - length)
    if digits[:1] + digits[-1:] != b"<>" or digits[1:-1] not in (digits[1:-1].lower(), digits[1:-1].upper()):
        return False
    content = bytes.fromhex(digits[1:-1].decode("ascii"))
    info = cms.ContentInfo.load(content)
    der = info.dump(force=True)
    if content[: len(der)] != der or content[len(der) :].strip(b"\0"):
        return False
    if [each["algorithm"].native for each in info["content"]["digest_algorithms"]] != ["sha256"]:
        return False
    signer_info = info["content"]["signer_infos"][0]
    if signer_info["version"].native != "v1":
        return False
    # Elsewhere names are compared without regard to case.
    if signer_info["sid"].chosen["issuer"].dump() != embedded.signer_cert.issuer.dump():
        return False
    own = {each.dump() for each in ours}
    return not any(
        each.chosen.dump() not in own
        and any(
            each.chosen.subject == our.subject or each.chosen.public_key.dump() == our.public_key.dump() for our in ours
        )
        for each in info["content"]["certificates"]
    )


def _certificate(content: bytes) -> asn1_x509.Certificate:
    der = pem.unarmor(content)[2] if pem.detect(content) else content
    return asn1_x509.Certificate.load(der)
