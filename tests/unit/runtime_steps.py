"""Steps of the runtime's tests: start a part, wait for what it does, and leave nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from portal.config import ROOT

T = TypeVar("T")


def until(found: Callable[[], T], seconds: float = 15) -> T:
    """What `found` gives as soon as it is true; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        result = found()
        if result:
            return result
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextlib.contextmanager
def started(part: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """One part of runtime_children in a process of its own, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.runtime_children", part, str(folder)],
        cwd=ROOT,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_alive(process: int) -> bool:
    """True while a process runs; a zombie, which nobody has asked about yet, does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
