"""Messages a second through the real queue and a forking worker: batches of the outbox against one job a message."""

import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from portal.config import Config
from portal.extensions import db
from portal.integrations.delivery import Parcel
from portal.models import Message
from portal.operations import delivery
from portal.operations.outbox import post_message
from portal.queue import JobName, Task, enqueue_now, redis_connection
from portal.runtime.valkey import queue_server
from portal.runtime.worker import AppWorker
from portal.transaction import transaction
from tests.people import AGENCY
from tests.temporary import temporary_portal

MUST, AIM = 10, 40
BATCHED, SINGLE, ROUNDS = 1000, 40, 3
PATIENCE = 10.0


class Nowhere:
    """A channel that takes everything at once: what is measured is our own part."""

    def send(self, parcel: Parcel) -> str:
        return parcel.id

    def close(self) -> None:
        """Nothing is open."""


class NoTimekeeper:
    """Nothing is due while we measure."""

    def ensure_alive(self) -> None:
        """There is none."""


def main() -> None:
    with temporary_portal(queue_mode="redis") as app:
        app.extensions["whatsapp"] = Nowhere()
        config: Config = app.extensions["config"]
        with _queue(config):
            many, one = [], []
            for _ in range(ROUNDS):
                many.append(_rate(app, config, BATCHED, batch=200))
                one.append(_rate(app, config, SINGLE, batch=1))
    fast, slow = statistics.median(many), statistics.median(one)
    ratio = fast / slow
    verdict = "reaches the aim" if ratio >= AIM else "reaches the must" if ratio >= MUST else "TOO SLOW"
    print(f"SQLite, one forking worker, a channel that takes everything; medians of {ROUNDS} rounds")
    print(f"one job a message      {slow:8.0f} messages/s")
    print(f"up to 200 a job        {fast:8.0f} messages/s")
    print(f"ratio                  {ratio:8.1f}   must {MUST}, aim {AIM}: {verdict}")


@contextmanager
def _queue(config: Config) -> Iterator[None]:
    """The queue server that `portal up` starts, for as long as the block."""
    program = queue_server(config, 0)
    process = subprocess.Popen(program.command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not program.is_ready():
            assert time.monotonic() < deadline, "the queue server does not answer"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _rate(app: Flask, config: Config, count: int, *, batch: int) -> float:
    """Messages a second until the outbox is empty, with so many messages to a job."""
    delivery.BATCH = batch  # The worker's children are forked, so they know.
    _fill(count)
    connection: Redis = redis_connection(config)
    connection.flushdb()
    enqueue_now(connection, Task(JobName.DELIVER_OUTBOX))
    worker = AppWorker(app, config, NoTimekeeper())  # type: ignore[arg-type]
    worker.log.disabled = True
    began = time.perf_counter()
    worker.work(burst=True, logging_level="ERROR")
    took = time.perf_counter() - began
    db.session.remove()
    left = select(func.count()).select_from(Message).where(Message.state != "sent")
    assert db.session.scalar(left) == 0, "not everything was sent"
    return count / took


def _fill(count: int) -> None:
    with transaction():
        for _ in range(count):
            post_message(
                "kode-hp",
                agency=AGENCY,
                values={"first_name": "Siti", "otp": "123456", "minutes": "10"},
                dedupe=secrets.token_hex(8),
                to_phone="+6281234500001",
            )


if __name__ == "__main__":
    main()
