"""The worker on a real queue server: jobs in the app, second attempts, turns, and a server that goes away."""

import os
import signal

import pytest
from flask import Flask

from portal import jobs, queue
from portal.config import Config
from portal.queue import JobName, Task
from portal.runtime import timekeeper
from tests.unit.runtime_steps import started, until


@pytest.fixture
def config(tmp_path):
    return Config.for_tests("sqlite://", tmp_path, queue_mode="redis")


@pytest.fixture
def running_queue(tmp_path):
    with started("own_queue_server", tmp_path) as owner:
        until((tmp_path / f"ready.{owner.pid}").exists)
        yield owner


@pytest.fixture
def client(running_queue, config):
    client = queue.redis_connection(config)
    yield client
    client.close()


@pytest.fixture
def small_app(config, running_queue):
    app = Flask("sender")
    queue.init_app(app, config)
    with app.app_context():
        yield app


def lines(folder):
    file = folder / "jobs"
    return file.read_text().splitlines() if file.exists() else []


def ids(folder):
    return [line.split()[0] for line in lines(folder)]


def test_a_job_runs_in_the_app_in_a_child_of_the_worker(tmp_path, small_app):
    with started("work", tmp_path) as worker:
        assert queue.send([Task(JobName.MAKE_DOCUMENT, 41), Task(JobName.DELIVER_OUTBOX, 42)])
        until(lambda: {"41", "42"} <= set(ids(tmp_path)))
        assert f"41 small {worker.pid}" in lines(tmp_path)


def test_a_failed_attempt_is_followed_by_another(tmp_path, small_app, monkeypatch):
    monkeypatch.setattr(queue, "PAUSES", (1, 1))
    with started("work", tmp_path):
        queue.send([Task(JobName.MAKE_RECEIPT, 9)])
        until((tmp_path / "tried.9").exists)
        until(lambda: "9" in ids(tmp_path))


def test_the_worker_outlives_the_death_of_the_queue_server(tmp_path, small_app, client):
    with started("work", tmp_path) as worker:
        queue.send([Task(JobName.MAKE_DOCUMENT, 1)])
        until(lambda: "1" in ids(tmp_path))
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        until(lambda: queue.send([Task(JobName.MAKE_DOCUMENT, 2)]))
        until(lambda: "2" in ids(tmp_path))
        assert worker.poll() is None


def test_a_worker_that_waits_stops_at_once(tmp_path, small_app):
    with started("work", tmp_path) as worker:
        queue.send([Task(JobName.MAKE_DOCUMENT, 1)])
        until(lambda: "1" in ids(tmp_path))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(5) == 0


def test_a_worker_stops_even_when_the_queue_server_went_first(tmp_path, small_app, running_queue):
    with started("work", tmp_path) as worker:
        queue.send([Task(JobName.MAKE_DOCUMENT, 1)])
        until(lambda: "1" in ids(tmp_path))
        running_queue.kill()
        worker.send_signal(signal.SIGTERM)
        worker.wait(10)


def test_a_turn_of_a_periodic_job_is_taken_once_among_all_workers(client):
    every = dict(jobs.PERIODIC)[JobName.SWEEP]
    assert timekeeper.due(client, every * 1000) == [name for name, _ in jobs.PERIODIC]
    assert timekeeper.due(client, every * 1000 + 1) == []
    assert timekeeper.due(client, every * 1001) == [JobName.SWEEP]
