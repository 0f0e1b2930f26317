"""The client service of Balai Sertifikasi Elektronik, which signs in the agency's own network."""

import base64
import json
import logging
import re
import urllib.error
import urllib.request
from binascii import Error as BadBase64
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from portal.integrations.signer import (
    OutcomeUnknown,
    Secret,
    SignerBusy,
    SignerRefused,
    SignerUnavailable,
    SigningFailed,
)

TIMEOUT = 60.0
ANSWER_LIMIT = 50 * 1024 * 1024
NIK = re.compile(r"\d{16}")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BsreSigner:
    """API v2 of the service (JSON over HTTP Basic), on the agency's own network.

    timeout: seconds for the whole wait on an answer.
    """

    url: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    timeout: float = TIMEOUT
    certificates: tuple[bytes, ...] = ()
    """Of the agency's own signers, never of BSrE's root: that one signs for the whole country."""

    def sign(self, pdf: bytes, signer_ref: str, secret: Secret, *, reason: str, location: str) -> bytes:
        """See Signer.sign."""
        if not pdf.startswith(b"%PDF-"):
            raise SignerRefused("not_pdf")
        appearance = {"tampilan": "INVISIBLE", "reason": reason, "location": location}
        answer = self._post(
            "/api/v2/sign/pdf",
            {
                **_named(signer_ref),
                secret.kind: secret.reveal(),
                "signatureProperties": [appearance],
                "file": [base64.b64encode(pdf).decode()],
            },
        )
        return _signed_file(answer, pdf)

    def status(self, signer_ref: str) -> str:
        """See Signer.status."""
        answer = self._post("/api/v2/user/check/status", _named(signer_ref))
        status = answer.get("status")
        if not isinstance(status, str):
            raise SignerUnavailable("The signing service answered without a status.")
        return status

    def our_certificates(self) -> tuple[bytes, ...]:
        """See Signer.our_certificates."""
        return self.certificates

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the operator's address, checked below.
            self.url.rstrip("/") + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": self._login()},
            method="POST",
        )
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise SignerUnavailable("The address of the signing service is no web address.")
        try:
            with _OPENER.open(request, timeout=self.timeout) as response:
                content = response.read(ANSWER_LIMIT + 1)
        except urllib.error.HTTPError as refusal:
            with refusal:
                log.warning("esign.refused", extra={"path": path, "status": refusal.code})
                raise _failure(refusal) from None
        except urllib.error.URLError as failure:
            # The request itself could not be sent.
            log.warning("esign.unreachable", extra={"path": path})
            raise SignerUnavailable(f"The signing service cannot be reached: {failure.reason}.") from None
        except (OSError, HTTPException) as failure:
            log.warning("esign.no_answer", extra={"path": path})
            raise OutcomeUnknown(f"The signing service did not answer: {type(failure).__name__}.") from None
        return _read_answer(content)

    def _login(self) -> str:
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the passphrase and the portal's login to another place."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


# The service stands in the agency's own network, so a proxy of the environment has no business in between.
_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def _named(signer_ref: str) -> dict[str, str]:
    return {"nik" if NIK.fullmatch(signer_ref) else "email": signer_ref}


def _failure(refusal: urllib.error.HTTPError) -> SigningFailed:
    """What an HTTP status of the service means; its text is read for a few words and then dropped."""
    text = refusal.read(10_000).decode("utf-8", "replace").casefold()
    if refusal.code == 429:
        after = refusal.headers.get("Retry-After", "")
        return SignerBusy(int(after) if after.isdigit() else 60)
    if refusal.code == 401 and "WWW-Authenticate" in refusal.headers:
        return SignerUnavailable("The signing service does not accept the portal's own login.")
    if refusal.code in (502, 504):
        return OutcomeUnknown(f"A gateway before the signing service answered {refusal.code}.")
    if refusal.code >= 500 or refusal.code < 400:
        return SignerUnavailable(f"The signing service answered {refusal.code}.")
    if re.search(r"sertifikat|certificate|status user|not.registered|belum terdaftar", text):
        return SignerRefused("certificate")
    if refusal.code == 401 or re.search(r"passphrase|totp|otp", text):
        return SignerRefused("passphrase")
    if re.search(r"pdf|file", text):
        return SignerRefused("not_pdf")
    return SignerUnavailable(f"The signing service answered {refusal.code}.")


def _read_answer(content: bytes) -> dict[str, Any]:
    if len(content) > ANSWER_LIMIT:
        raise SignerUnavailable("The signing service answered beyond all measure.")
    try:
        answer = json.loads(content)
    except ValueError:
        raise OutcomeUnknown("The signing service did not answer in JSON.") from None
    if not isinstance(answer, dict):
        raise OutcomeUnknown("The signing service did not answer with an object.")
    return answer


def _signed_file(answer: dict[str, Any], pdf: bytes) -> bytes:
    """The file of an answer, if it really is a signed PDF: never `signed` on the word of a status alone."""
    try:
        signed = base64.b64decode(answer["file"][0], validate=True)
    except (KeyError, IndexError, TypeError, BadBase64, ValueError):
        raise OutcomeUnknown("The signing service answered without a file.") from None
    if not signed.startswith(b"%PDF-") or b"/ByteRange" not in signed or signed == pdf:
        raise OutcomeUnknown("The signing service answered with a file that is not a signed PDF.")
    return signed
