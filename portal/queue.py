"""Work for later: jobs are named inside a transaction and handed to RQ once, after it has committed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.config import Config
from portal.extensions import db
from portal.transaction import AFTER_END

if TYPE_CHECKING:
    # Ten megabytes of the web process, which may never meet the queue; loaded with the first task or limit.
    from redis import Redis
    from rq import Queue

log = structlog.get_logger(__name__)

# The operation that enqueues and the job that calls the operation would import each other; a name cuts that circle.
RUNNER = "portal.jobs.run_job"
PENDING = "loket.pending_jobs"
EXTENSION = "loket.queue"

# RQ repeats the last pause for attempts that have none of their own, so each attempt is given one (seconds).
PAUSES = (10, 60, 300, 1800)
TIMEOUT = 300
KEEP_FAILURES = 7 * 24 * 3600


class JobName(StrEnum):
    """Every job there is; portal/jobs says which function does it."""

    DELIVER_OUTBOX = "deliver_outbox"
    MAKE_DOCUMENT = "make_document"
    SIGN_DOCUMENTS = "sign_documents"
    MAKE_RECEIPT = "make_receipt"
    SWEEP = "sweep"
    EXPIRE_TIMERS = "expire_timers"
    ERASE_STALE = "erase_stale"
    ANCHOR_AUDIT = "anchor_audit"
    END_DUTIES = "end_duties"
    SEND_RESET = "send_reset"
    END_RECOVERIES = "end_recoveries"
    MAKE_DATA_COPY = "make_data_copy"
    TELL_OF_BREACH = "tell_of_breach"


class QueueName(StrEnum):
    """How soon a job is wanted; a worker empties them in this order."""

    URGENT = "urgent"
    DEFAULT = "default"
    BULK = "bulk"


QUEUE_OF = {
    JobName.DELIVER_OUTBOX: QueueName.URGENT,
    JobName.SIGN_DOCUMENTS: QueueName.URGENT,
    JobName.MAKE_DOCUMENT: QueueName.DEFAULT,
    JobName.MAKE_RECEIPT: QueueName.DEFAULT,
    JobName.SWEEP: QueueName.DEFAULT,
    JobName.EXPIRE_TIMERS: QueueName.DEFAULT,
    JobName.ERASE_STALE: QueueName.BULK,
    JobName.ANCHOR_AUDIT: QueueName.BULK,
    JobName.END_DUTIES: QueueName.DEFAULT,
    JobName.SEND_RESET: QueueName.URGENT,
    JobName.END_RECOVERIES: QueueName.DEFAULT,
    JobName.MAKE_DATA_COPY: QueueName.DEFAULT,
    JobName.TELL_OF_BREACH: QueueName.BULK,
}


@dataclass(frozen=True)
class Task:
    """One job for one row; `id` is None for jobs that look for their rows themselves."""

    name: JobName
    id: int | str | None = None


@dataclass
class _AppQueue:
    """What one app needs to hand tasks over."""

    config: Config
    collected: deque[Task] = field(default_factory=deque)

    @cached_property
    def redis(self) -> Redis:
        """The one client of this app; it connects when it is used."""
        return redis_connection(self.config)


def queue_errors() -> tuple[type[Exception], ...]:
    """What is raised when the queue's server is away; asked for only once something was raised."""
    from redis import RedisError

    return (RedisError, OSError)


def init_app(app: Flask, config: Config) -> None:
    """Give an app its way to the queue; opens no connection yet."""
    app.extensions[EXTENSION] = _AppQueue(config)


def redis_connection(config: Config) -> Redis:
    """A client that fails at once instead of keeping a citizen waiting for a queue that is down."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        config.redis_url,
        socket_connect_timeout=1,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )


def queues(connection: Redis) -> list[Queue]:
    """Every queue, most urgent first."""
    return [_queue(name, connection) for name in QueueName]


def enqueue_after_commit(name: JobName, id: int | str | None = None, session: Session | None = None) -> None:
    """Ask for a job once the session's transaction has committed; asking twice for the same is asking once.

    After a rollback nothing is sent. What was asked inside a savepoint that was rolled back is still sent: a job
    loads its row by id and does nothing when there is none.
    """
    pending = (session or db.session()).info.setdefault(PENDING, {})
    pending[Task(JobName(name), id)] = None


def send(tasks: Iterable[Task]) -> bool:
    """Hand tasks to the queue in one round trip; False when it cannot be reached.

    Nothing is lost then: each task has a row that says what is still to be done, and the sweep finds it.
    """
    queue = _app_queue()
    if queue.config.queue_mode == "redis":
        return _send_to_redis(list(tasks), queue.redis)
    queue.collected.extend(tasks)
    return True


def collected_tasks() -> list[Task]:
    """What waits for run_pending_jobs, in tests."""
    return list(_app_queue().collected)


def forget_collected() -> None:
    """Drop what waits, between two tests."""
    _app_queue().collected.clear()


def run_pending_jobs(limit: int = 1000) -> list[Task]:
    """Do in this process, in order, what tests have collected, and what those jobs ask for; returns what was done."""
    waiting = _app_queue().collected
    done: list[Task] = []
    module, _, function = RUNNER.rpartition(".")
    run_job = getattr(import_module(module), function)
    while waiting:
        if len(done) == limit:
            raise RuntimeError(f"Jobs keep asking for jobs: {limit} were done and {len(waiting)} wait.")
        task = waiting.popleft()
        # A context of its own for each, as in a worker: no job sees rows that another one has loaded.
        with current_app.app_context():
            run_job(task.name, task.id)
        done.append(task)
    return done


def enqueue_now(connection: Redis, task: Task) -> None:
    """Enqueue without a transaction, for the timekeeper; raises RedisError."""
    _queue(QUEUE_OF[task.name], connection).enqueue_many([_job_data(task)])


def _send_to_redis(tasks: list[Task], connection: Redis) -> bool:
    try:
        with connection.pipeline() as pipeline:
            for queue in queues(connection):
                mine = [_job_data(task) for task in tasks if QUEUE_OF[task.name] == queue.name]
                if mine:
                    queue.enqueue_many(mine, pipeline=pipeline)
            pipeline.execute()
    except queue_errors() as error:
        log.warning("queue_unreachable", jobs=[task.name for task in tasks], reason=type(error).__name__)
        return False
    return True


def _job_data(task: Task) -> Any:
    from rq import Queue
    from rq import Retry as Attempts

    return Queue.prepare_data(
        RUNNER,
        args=(task.name.value, task.id),
        timeout=TIMEOUT,
        result_ttl=0,
        failure_ttl=KEEP_FAILURES,
        description=f"{task.name} {task.id}" if task.id is not None else task.name.value,
        retry=Attempts(max=len(PAUSES), interval=list(PAUSES)),
    )


def _queue(name: QueueName, connection: Redis) -> Queue:
    # RQ brings its worker along, 3 MB that a web process carries only once it has handed over a job.
    from rq import Queue
    from rq.serializers import JSONSerializer

    return Queue(name.value, connection=connection, serializer=JSONSerializer)


def _app_queue() -> _AppQueue:
    queue: _AppQueue = current_app.extensions[EXTENSION]
    return queue


def _send_pending(session: Session, is_committed: bool) -> None:  # noqa: FBT001 - the hook's own shape.
    tasks = session.info.pop(PENDING, None)
    if tasks and is_committed:
        send(tasks)


AFTER_END.append(_send_pending)
