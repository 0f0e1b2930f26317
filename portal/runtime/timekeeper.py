"""Enqueues what is due: RQ's delayed attempts and the list of periodic jobs, by one process among all workers."""

import os
import signal
import threading

import structlog
from redis import Redis, RedisError
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from portal import clock
from portal.config import Config
from portal.jobs import PERIODIC
from portal.queue import JobName, QueueName, Task, enqueue_now, redis_connection
from portal.runtime.parent import die_with_parent

log = structlog.get_logger(__name__)

TURN_KEY = "loket:turn:{name}:{turn}"


def keep_time(config: Config) -> None:
    """Tick every second until SIGTERM; a queue server that is away is waited for."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # Ctrl-C at a terminal goes to the worker too, which then ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(os.getppid())
    connection = redis_connection(config)
    scheduler = RQScheduler(list(QueueName), connection, serializer=JSONSerializer, logging_level="WARNING")
    was_reached = True
    while not stop.wait(1):
        try:
            tick(scheduler, connection)
            was_reached = True
        except (RedisError, OSError) as error:
            if was_reached:
                log.warning("timekeeper_waits_for_queue", reason=type(error).__name__)
            was_reached = False
    _release(scheduler)


def tick(scheduler: RQScheduler, connection: Redis) -> None:
    """Enqueue what is due, if this process holds the lock of the scheduler; otherwise ask for the lock."""
    if not scheduler.acquire_locks():
        return
    scheduler.enqueue_scheduled_jobs()
    for name in due(connection, int(clock.now().timestamp())):
        enqueue_now(connection, Task(name))


def due(connection: Redis, seconds: int) -> list[JobName]:
    """The periodic jobs whose turn has come; taking a turn is remembered, so a new owner does not repeat it."""
    found = []
    for name, every in PERIODIC:
        key = TURN_KEY.format(name=name, turn=seconds // every)
        if connection.set(key, 1, nx=True, ex=every * 2):
            found.append(name)
    return found


def _release(scheduler: RQScheduler) -> None:
    """Let another process take over at once rather than after a minute."""
    try:
        scheduler.release_locks()
    except (RedisError, OSError):
        return
