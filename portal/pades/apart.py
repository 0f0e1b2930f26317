"""Signs and judges in a child process: pyHanko takes 40 MB and most of a second, and parses strangers' files.

A batch asks one child for all its papers; when the child ends, its memory is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING

from portal.cage import Cage
from portal.pades.outcomes import NotSignable, Signature

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

CHILD = "portal.pades"

_shared: ContextVar[Cage | None] = ContextVar("portal.pades.shared", default=None)


@contextmanager
def one_child() -> Iterator[None]:
    """All questions of the block go to one child; without a question there is none."""
    if _shared.get() is not None:
        yield
        return
    with Cage(CHILD) as cage:
        token = _shared.set(cage)
        try:
            yield
        finally:
            _shared.reset(token)


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
    """See certify.certify; also raises cage.Broken and cage.Shut. The opened key goes through a pipe alone."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    words = {"ask": "certify", "reason": reason, "location": location, "now": now.isoformat()}
    opened = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with one_child():
        told = _child().ask(words, pdf, opened, *(each.public_bytes(Encoding.DER) for each in (certificate, *chain)))
    if "not_signable" in told.words:
        raise NotSignable(told.words["not_signable"])
    return told.parts[0]


def is_whole(pdf: bytes) -> bool:
    """See judge.is_whole; raises cage.Broken and cage.Shut."""
    with one_child():
        return bool(_child().ask({"ask": "is_whole"}, pdf).words["is_whole"])


def judge(pdf: bytes, ours: Sequence[bytes]) -> Signature:
    """See judge.judge_signature; raises cage.Broken and cage.Shut."""
    with one_child():
        is_intact, signer, moment = _child().ask({"ask": "judge"}, pdf, *ours).words["judged"]
    return Signature(is_intact, signer, datetime.fromisoformat(moment) if moment else None)


def _child() -> Cage:
    cage = _shared.get()
    assert cage is not None
    return cage
