"""One owner for one instance folder, held by a lock that the operating system frees when its holders end."""

import fcntl
import os
import time
from pathlib import Path


class AlreadyOwned(Exception):
    """Another Loket runs on this instance folder, or its programs have not ended yet."""


class Ownership:
    """An exclusive lock on `<folder>/owner.lock`.

    Children that are given `fileno()` hold it too. So a new start, after the old one was killed, waits until the old
    queue server has written its file and is gone, and two servers never write to one file.
    """

    def __init__(self, folder: Path, patience: float = 15) -> None:
        """Take the lock; raises AlreadyOwned at once when its owner lives, after `patience` seconds otherwise."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(folder, patience)
        except AlreadyOwned:
            os.close(self._descriptor)
            raise
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def fileno(self) -> int:
        return self._descriptor

    def release(self) -> None:
        """Give the lock up; children that still hold it keep it."""
        os.close(self._descriptor)

    def _take(self, folder: Path, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                return fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = self._owner()
                if owner is not None and _lives(owner):
                    raise AlreadyOwned(f"Loket already runs on {folder} (process {owner}). Stop it first.") from None
                if time.monotonic() > deadline:
                    raise AlreadyOwned(f"A program of an earlier start still uses {folder}. Try again soon.") from None
            time.sleep(0.05)

    def _owner(self) -> int | None:
        text = os.pread(self._descriptor, 20, 0).strip()
        return int(text) if text.isdigit() else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
