"""Judges the signature of a stranger's file in a process of its own, so that a file made to explode harms nobody.

A PDF of 50 KB may unfold into gigabytes inside a parser, and anybody may send one without logging in.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from portal.cage import Broken, Shut
from portal.pades import apart
from portal.pades.outcomes import NOT_INTACT, Signature

_one_at_a_time = threading.BoundedSemaphore(1)


class CageBusy(Exception):
    """Another file is being judged; this one may come again in a moment."""


def judge_in_cage(pdf: bytes, ours: Sequence[bytes]) -> Signature:
    """What judge_signature says of the file by our certificates (DER); one that takes too much is not intact.

    Raises CageBusy: one file at a time, so that many of them do not take all threads.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise CageBusy
    try:
        return apart.judge(pdf, ours)
    except (Broken, Shut):
        return NOT_INTACT
    finally:
        _one_at_a_time.release()
