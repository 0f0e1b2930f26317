"""The local twin of the signing service: the demo's own authority, which fails in the same ways."""

from collections.abc import Callable
from datetime import datetime

from portal import clock
from portal.cage import Broken, Shut
from portal.integrations.authority import DemoAuthority
from portal.integrations.signer import OutcomeUnknown, Secret, SignerRefused, SignerUnavailable, SigningFailed
from portal.pades import apart
from portal.pades.outcomes import NotSignable


class DemoSigner:
    """The twin: signs with the demo's own authority; `failures` are raised one by one by the next calls of sign.

    The passphrase opens the key here; what needs pyHanko is asked of a child.
    """

    def __init__(
        self,
        authority: DemoAuthority,
        now: Callable[[], datetime] = clock.now,
        certify: Callable[..., bytes] = apart.certify,
    ) -> None:
        self._authority = authority
        self._now = now
        self._certify = certify
        self.failures: list[SigningFailed] = []

    def __repr__(self) -> str:
        return "DemoSigner()"

    def sign(self, pdf: bytes, signer_ref: str, secret: Secret, *, reason: str, location: str) -> bytes:
        """See Signer.sign."""
        if self.failures:
            raise self.failures.pop(0)
        now = self._now()
        if self._authority.status(signer_ref, now) != "ISSUE":
            raise SignerRefused("certificate")
        opened = self._authority.open_signer(signer_ref, secret.reveal())
        if opened is None:
            raise SignerRefused("passphrase")
        try:
            return self._certify(
                pdf,
                key=opened.key,
                certificate=opened.certificate,
                chain=opened.chain,
                reason=reason,
                location=location,
                now=now,
            )
        except NotSignable:
            raise SignerRefused("not_pdf") from None
        except Broken:
            raise OutcomeUnknown("The process that signs ended before it answered.") from None
        except Shut:
            raise SignerUnavailable("The process that signs ended too often.") from None

    def status(self, signer_ref: str) -> str:
        """See Signer.status."""
        return self._authority.status(signer_ref, self._now())

    def our_certificates(self) -> tuple[bytes, ...]:
        """The demo's root: it signs for nobody else."""
        return (self._authority.root_pem,)
