"""Electronic signatures: what a signing service is asked and how it fails, whichever it is."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from portal.config import Config


class Secret:
    """A passphrase or one-time code on its way through: used once, shown by nothing, kept by nobody."""

    __slots__ = ("_value", "kind")

    def __init__(self, value: str, kind: Literal["passphrase", "totp"] = "passphrase") -> None:
        self._value = value
        self.kind = kind

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("A secret is not to be pickled: it would be stored.")

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value


class SigningFailed(Exception):
    """No signed file came back; the text names nobody and no secret."""


class SignerRefused(SigningFailed):
    """Nothing was signed, and the same request will be refused again."""

    def __init__(self, cause: Literal["passphrase", "certificate", "not_pdf"]) -> None:
        super().__init__(f"The signature was refused: {cause}.")
        self.cause = cause


class SignerBusy(SigningFailed):
    """Nothing was signed; ask again after so many seconds."""

    def __init__(self, retry_after: int = 60) -> None:
        super().__init__(f"The signing service asks to wait {retry_after} s.")
        self.retry_after = retry_after


class SignerUnavailable(SigningFailed):
    """Nothing was signed: the service is not there, or does not know this portal."""


class OutcomeUnknown(SigningFailed):
    """The request went out and no whole answer came back: whether a signature was made is not known.

    Asking again with the same unsigned file is safe, since only the file that comes back is ever issued.
    """


class Signer(Protocol):
    """Signs a PDF in the name of a person (reference: NIK or e-mail of the certificate)."""

    def sign(self, pdf: bytes, signer_ref: str, secret: Secret, *, reason: str, location: str) -> bytes:
        """The signed PDF; raises a SigningFailed."""

    def status(self, signer_ref: str) -> str:
        """`ISSUE` may sign; others are EXPIRED, REVOKE, NOT_REGISTERED ...; raises SigningFailed."""

    def our_certificates(self) -> tuple[bytes, ...]:
        """PEM by which a changed paper is still known for ours (verification.examine); may be empty."""


class NoSigner:
    """Where no service is configured outside the demo: nothing is signed and nothing pretended."""

    def sign(self, pdf: bytes, signer_ref: str, secret: Secret, *, reason: str, location: str) -> bytes:
        """See Signer.sign."""
        raise SignerUnavailable("No signing service is configured (ESIGN_URL).")

    def status(self, signer_ref: str) -> str:
        """See Signer.status."""
        raise SignerUnavailable("No signing service is configured (ESIGN_URL).")

    def our_certificates(self) -> tuple[bytes, ...]:
        """None."""
        return ()


def signer_for(config: Config, *, may_pretend: bool) -> Signer:
    """The real client where it is configured, else the twin where pretending is allowed, else one that refuses."""
    if config.esign_url:
        from portal.integrations.bsre import BsreSigner

        return BsreSigner(config.esign_url, config.esign_user or "", config.esign_password or "")
    if may_pretend:
        from portal import clock
        from portal.integrations.authority import ensure_demo_authority
        from portal.integrations.demo_signer import DemoSigner

        return DemoSigner(ensure_demo_authority(config.instance_dir / "keys", clock.now()))
    return NoSigner()
