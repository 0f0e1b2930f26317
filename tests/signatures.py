"""The twin of the signing service in this process, and what a library reads in a signature."""

import io
from datetime import UTC, datetime

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from portal.integrations.authority import DemoAuthority
from portal.integrations.demo_signer import DemoSigner
from portal.pades.certify import certify

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
NIK = "3326010101700001"
PASSPHRASE = "Rahasia-Penandatangan-77"
WORDS = {"reason": "Penerbitan dokumen", "location": "Kajen"}


def twin_of(authority: DemoAuthority, now: datetime = NOW) -> DemoSigner:
    """The twin without its child, whose start takes longer than a test should."""
    return DemoSigner(authority, now=lambda: now, certify=certify)


def status_of(pdf, authority):
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[-1]
    root = asn1_x509.Certificate.load(pem.unarmor(authority.root_pem)[2])
    context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=NOW)
    return validate_pdf_signature(signature, context)
