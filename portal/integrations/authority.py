"""The demo's own certificate authority, made at set-up and marked SIMULASI in every subject."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MARK = "SIMULASI"
ROOT_FILE = "authority.pem"
ROOT_YEARS = 10
SIGNER_YEARS = 2
# A certificate is valid a little before it is made, so that two clocks may disagree.
BACKDATED = timedelta(days=1)

CertificateStatus = Literal["ISSUE", "EXPIRED", "REVOKE", "NOT_REGISTERED"]


@dataclass(frozen=True)
class SigningKey:
    """A signer's key, opened with the passphrase and held for one use."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


class DemoAuthority:
    """Issues certificates to demo officers; a signer's key lies encrypted under the signer's own passphrase.

    So the passphrase is stored nowhere, and a wrong one is known by the key not opening. Files are named by a hash
    of the reference, because a reference may be a NIK.
    """

    def __init__(self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._folder = folder
        self._key = key
        self.certificate = certificate

    def __repr__(self) -> str:
        return f"DemoAuthority({self.certificate.subject.rfc4514_string()!r})"

    @property
    def root_pem(self) -> bytes:
        """The root certificate, for whoever wants to trust the demo and for verification."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue_signer(
        self, reference: str, *, name: str, passphrase: str, now: datetime, organisation: str = ""
    ) -> None:
        """Make (or replace) the key and certificate of one signer.

        reference: what the portal calls the signer by, NIK or e-mail. organisation: the agency's name.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"{name} ({MARK})", f"{organisation} ({MARK})" if organisation else MARK)
        certificate = (
            _certificate(subject, self.certificate.subject, key, now, SIGNER_YEARS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
            .add_extension(_authority_id(self._key), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        locked = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        path = self._signer_file(reference)
        _write(path, locked + certificate.public_bytes(serialization.Encoding.PEM), replace=True)
        path.with_suffix(".revoked").unlink(missing_ok=True)

    def revoke_signer(self, reference: str) -> None:
        """From now on this signer's status is REVOKE."""
        _write(self._signer_file(reference).with_suffix(".revoked"), b"", replace=True)

    def status(self, reference: str, now: datetime) -> CertificateStatus:
        """Only ISSUE may sign."""
        path = self._signer_file(reference)
        if not path.exists():
            return "NOT_REGISTERED"
        if path.with_suffix(".revoked").exists():
            return "REVOKE"
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        return "ISSUE" if now < certificate.not_valid_after_utc else "EXPIRED"

    def open_signer(self, reference: str, passphrase: str) -> SigningKey | None:
        """The key of a signer, or None when the passphrase is wrong; raises FileNotFoundError for a stranger."""
        content = self._signer_file(reference).read_bytes()
        try:
            key = serialization.load_pem_private_key(content, passphrase.encode() or b"\0")
        except ValueError:
            return None
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return SigningKey(key, x509.load_pem_x509_certificate(content), (self.certificate,))

    def _signer_file(self, reference: str) -> Path:
        name = hashlib.sha256(reference.strip().casefold().encode()).hexdigest()[:32]
        return self._folder / "signers" / f"{name}.pem"


def ensure_demo_authority(folder: Path, now: datetime) -> DemoAuthority:
    """Open the authority kept in a folder such as `instance/keys`, or make it; several processes may ask at once."""
    path = folder / ROOT_FILE
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"{MARK} Otoritas Sertifikat Loket", MARK)
        certificate = (
            _certificate(subject, subject, key, now, ROOT_YEARS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
            .sign(key, hashes.SHA256())
        )
        open_key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(path, open_key + certificate.public_bytes(serialization.Encoding.PEM), replace=False)
    content = path.read_bytes()
    kept = serialization.load_pem_private_key(content, None)
    assert isinstance(kept, ec.EllipticCurvePrivateKey)
    return DemoAuthority(folder, kept, x509.load_pem_x509_certificate(content))


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _authority_id(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*granted: str) -> x509.KeyUsage:
    usages: Sequence[str] = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: usage in granted for usage in usages})


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    """Whole or not at all, for the owner only; without `replace` the first of several writers wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=path.parent)  # Made with mode 0600.
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(part).replace(path)
            return
        try:
            os.link(part, path)
        except FileExistsError:
            return
    finally:
        Path(part).unlink(missing_ok=True)
