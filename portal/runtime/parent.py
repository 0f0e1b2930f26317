"""Ties a process to the life of its parent, so that nothing stays behind however the parent ends."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel for SIGTERM at the end of the thread that started this process; does nothing off Linux.

    parent: the process id that is expected as the parent. When it is already gone nobody would send the signal.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def tied_to_this_process() -> Callable[[], None]:
    """A `preexec_fn` for subprocess.Popen, to be called from the main thread."""
    parent = os.getpid()
    return lambda: die_with_parent(parent)
