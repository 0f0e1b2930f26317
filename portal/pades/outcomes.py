"""What is known of a signature in a PDF, for those who do not carry pyHanko along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class NotSignable(Exception):
    """The bytes are no PDF, or one that its author closed to signatures."""


@dataclass(frozen=True)
class Signature:
    """The last signature of a file, and whose it is; the rest is told only when it is intact."""

    is_intact: bool
    signer: str | None
    """Common name in the certificate."""
    signed_at: datetime | None


NOT_INTACT = Signature(is_intact=False, signer=None, signed_at=None)
