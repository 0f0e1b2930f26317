"""Judges the signatures of a PDF with pyHanko."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from portal.pades.outcomes import NOT_INTACT, Signature

# pyHanko logs each certificate that it cannot trace to a root, with a traceback; what it found is in its answer.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


def is_whole(pdf: bytes) -> bool:
    """Whether the last signature is intact and covers the whole file; says nothing about whose it is."""
    try:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
        if not embedded:
            return False
        status = validate_pdf_signature(embedded[-1], ValidationContext(trust_roots=[], allow_fetching=False))
        covers_all = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        return bool(status.intact and status.valid and covers_all)
    except Exception:  # noqa: BLE001 - whatever came back, a paper is not signed by what cannot be read.
        return False


def judge_signature(pdf: bytes, ours: Sequence[bytes]) -> Signature:
    """The last signature, judged by our certificates in DER; anything that a parser of hostile bytes may raise means: not intact."""
    trusted = [asn1_x509.Certificate.load(each) for each in ours]
    try:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
        if not embedded:
            return NOT_INTACT
        moment = embedded[-1].self_reported_timestamp
        # Judged at its own moment: a certificate may expire while the paper stays true.
        context = ValidationContext(trust_roots=trusted, allow_fetching=False, moment=moment)
        status = validate_pdf_signature(embedded[-1], context)
        is_intact = (
            status.bottom_line
            and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
            and _is_as_written(embedded[-1], trusted)
        )
        signer = status.signing_cert.subject.native.get("common_name")
    except Exception:  # noqa: BLE001 - the verdict is due whatever the bytes do to the library.
        return NOT_INTACT
    return Signature(is_intact, signer, moment) if is_intact else NOT_INTACT


def _is_as_written(embedded: EmbeddedPdfSignature, ours: Sequence[asn1_x509.Certificate]) -> bool:
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
