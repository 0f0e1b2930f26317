"""Judges the signature of a stranger's file in a process of its own, so that a file made to explode harms nobody.

A PDF of 50 KB may unfold into gigabytes inside a parser, and anybody may send one without logging in.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509 as asn1_x509

from portal.documents.verification import NOT_INTACT, Signature, judge_signature

MEMORY = 1024 * 1024 * 1024  # bytes of address space, libraries included
PROCESSOR = 5  # seconds; an honest paper takes less than one
PATIENCE = 20  # seconds on the clock, for a busy machine

_one_at_a_time = threading.BoundedSemaphore(1)


class CageBusy(Exception):
    """Another file is being judged; this one may come again in a moment."""


def judge_in_cage(pdf: bytes, ours: Sequence[asn1_x509.Certificate]) -> Signature:
    """What judge_signature says; a file that takes too much memory or time is not intact.

    Raises CageBusy: one file at a time, so that many of them do not take all threads.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise CageBusy
    try:
        return _told(_run(json.dumps([base64.b64encode(each.dump()).decode() for each in ours]).encode(), pdf))
    finally:
        _one_at_a_time.release()


def _run(certificates: bytes, pdf: bytes) -> bytes:
    command = (sys.executable, "-m", "portal.documents.caged")
    try:
        done = subprocess.run(  # noqa: S603 - nothing of the command comes from outside.
            command, input=certificates + b"\n" + pdf, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 else b""


def _told(answer: bytes) -> Signature:
    if not answer:
        return NOT_INTACT
    is_intact, signer, moment = json.loads(answer)
    return Signature(is_intact, signer, datetime.fromisoformat(moment) if moment else None)


def main() -> None:
    """Read certificates and a file, answer in one line; the limits bind this process alone."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    certificates = json.loads(sys.stdin.buffer.readline())
    pdf = sys.stdin.buffer.read()
    ours = [asn1_x509.Certificate.load(base64.b64decode(each)) for each in certificates]
    found = judge_signature(pdf, ours)
    moment = found.signed_at.isoformat() if found.signed_at else None
    sys.stdout.write(json.dumps([found.is_intact, found.signer, moment]))


if __name__ == "__main__":
    main()
