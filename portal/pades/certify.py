"""A PDF gets a PAdES B-B signature that certifies it: no change is permitted afterwards."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.pades.outcomes import NotSignable

FIELD = "TandaTangan"


def certify(
    pdf: bytes,
    *,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    reason: str,
    location: str,
    now: datetime,
) -> bytes:
    """The PDF with an invisible signature appended; raises NotSignable.

    What a reader of the paper sees of the signature was drawn before, with the page itself.
    """
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        location=location,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signer = _LoadedKey(key, certificate, chain)
    if not pdf.startswith(b"%PDF-"):
        raise NotSignable("The bytes are not a PDF.")
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        out = _AtMoment(metadata, signer=signer, now=now).sign_pdf(writer)
    except (PdfError, ValueError, KeyError, TypeError) as failure:
        raise NotSignable(f"The PDF cannot be signed: {type(failure).__name__}.") from failure
    return bytes(out.getvalue())


class _LoadedKey(signers.Signer):
    """Signs with a key that is loaded already; the library's own signer parses it anew for each signature."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, chain: Sequence[x509.Certificate]
    ) -> None:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([_asn1(each) for each in chain])
        super().__init__(signing_cert=_asn1(certificate), cert_registry=store)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - theirs.
        return self._key.sign(data, ec.ECDSA(SHA256()))


class _AtMoment(signers.PdfSigner):
    """Writes the given moment as the signing time, because the portal has one clock."""

    def __init__(self, metadata: signers.PdfSignatureMetadata, *, signer: signers.Signer, now: datetime) -> None:
        super().__init__(metadata, signer=signer)
        self._now = now

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:  # noqa: FBT001, FBT002 - theirs.
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._now
        return session


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
