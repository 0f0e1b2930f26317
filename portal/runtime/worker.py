"""The worker: does jobs in forked children inside the app, outlives a restart of the queue server, keeps the time."""

import signal
import time
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from redis import RedisError
from rq import Worker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from portal.config import Config
from portal.extensions import db
from portal.queue import queues, redis_connection
from portal.runtime.timekeeper import keep_time

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 10.0
# A worker looks after itself (lost jobs, its timekeeper) this often while it waits for work, in seconds.
LOOK_EVERY = 60


class AppWorker(Worker):
    """RQ's forking worker whose children work inside the app and whose timekeeper never stays dead."""

    max_connection_wait_time = 5.0

    def __init__(self, app: Flask, config: Config, timekeeper: "Timekeeper") -> None:
        connection = redis_connection(config)
        super().__init__(
            queues(connection),
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=LOOK_EVERY + 15,
            maintenance_interval=LOOK_EVERY,
        )
        self.app = app
        self.is_stopping = False
        self.timekeeper = timekeeper

    def perform_job(self, *args: Any) -> bool:
        """Run in the forked child: the parent's database connections must not be used on both sides of the fork."""
        with self.app.app_context():
            for engine in db.engines.values():
                engine.dispose(close=False)
            return super().perform_job(*args)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Remember it: when the queue server went first, RQ's own way out ends in an error."""
        self.is_stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def run_maintenance_tasks(self) -> None:
        """Called between jobs, at most every LOOK_EVERY seconds."""
        self.timekeeper.ensure_alive()
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]


class Timekeeper:
    """The child process that enqueues what is due; forked, because it shares nearly all its memory so."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._process: BaseProcess | None = None

    def ensure_alive(self) -> None:
        """Start it at first, and again if it has died."""
        if self._process is None or not self._process.is_alive():
            self._process = get_context("fork").Process(target=keep_time, args=(self._config,), daemon=True)
            self._process.start()

    def stop(self) -> None:
        """End it; it holds no work."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(2)


def run_worker(app: Flask, config: Config) -> None:
    """Work until SIGTERM or SIGINT; a job that has begun is finished first."""
    pause = 1.0
    with suppress(StopRequested):
        while True:
            began = time.monotonic()
            if _work(app, config):
                return
            # RQ waits for the queue server while it is idle, but not everywhere.
            pause = 1.0 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            log.warning("worker_restarts", seconds=pause)
            time.sleep(pause)


def _work(app: Flask, config: Config) -> bool:
    """One worker's life; False when it ended for want of a queue server and another should follow."""
    _stop_at_once_on_signals()
    timekeeper = Timekeeper(config)
    timekeeper.ensure_alive()
    worker: AppWorker | None = None
    try:
        worker = AppWorker(app, config, timekeeper)
        worker.work(logging_level="WARNING")
    except (RedisError, OSError):
        return worker is not None and worker.is_stopping
    finally:
        _stop_at_once_on_signals()
        timekeeper.stop()
    return True


def _stop_at_once_on_signals() -> None:
    """Between two workers nobody else listens."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise_stop)


def _raise_stop(*_: object) -> None:
    raise StopRequested
