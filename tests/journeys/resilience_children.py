"""A worker for the tests of what breaks: real queue, real jobs, and a death in the middle of making a paper."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from portal import clock, create_app
from portal.config import Config
from portal.operations import papers
from portal.runtime.worker import run_worker
from tests.web.conftest import MONDAY


def work(folder: Path, database_url: str) -> None:
    """Work until told to stop; the first paper's maker is killed behind the storing of its file."""
    record_made = papers.record_made

    def die_once(*arguments: Any, **more: Any) -> bool:
        died = folder / "died"
        if not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return record_made(*arguments, **more)

    papers.record_made = die_once
    config = Config.for_tests(database_url, folder, queue_mode="redis")
    with clock.frozen(MONDAY):
        run_worker(create_app(config), config)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
