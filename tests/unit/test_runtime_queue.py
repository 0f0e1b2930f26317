"""What is asked for in a transaction reaches the queue once, after the commit, and never after a rollback."""

import time
from dataclasses import replace

import pytest
from flask import Flask

from portal import jobs, queue
from portal.config import Config
from portal.extensions import db
from portal.queue import JobName, Task, collected_tasks, enqueue_after_commit, run_pending_jobs
from portal.transaction import prepare_engine, sqlite_turn_is_taken, transaction

done: list[int | None] = []


@pytest.fixture
def config(tmp_path):
    return Config.for_tests("sqlite://", tmp_path)


@pytest.fixture
def small_app(config):
    app = Flask("small")
    queue.init_app(app, config)
    with app.app_context():
        yield app


@pytest.fixture
def database(small_app):
    small_app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(small_app)
    prepare_engine(small_app)
    yield
    db.engine.dispose()


def note(id=None):
    done.append(id)


def ask_again(id):
    queue.send([Task(JobName.MAKE_DOCUMENT, id)])


def test_a_job_is_sent_when_the_transaction_has_committed(database):
    with transaction():
        enqueue_after_commit(JobName.MAKE_DOCUMENT, 7)
        assert collected_tasks() == []
    assert collected_tasks() == [Task(JobName.MAKE_DOCUMENT, 7)]


def test_jobs_are_sent_when_the_next_writer_may_already_begin(database, monkeypatch):
    lock_was_free = []
    monkeypatch.setattr(queue, "send", lambda _tasks: lock_was_free.append(not sqlite_turn_is_taken()))
    with transaction():
        enqueue_after_commit(JobName.SWEEP)
        assert sqlite_turn_is_taken()
    assert lock_was_free == [True]


def test_the_same_job_asked_twice_is_sent_once_and_in_the_order_of_asking(database):
    with transaction():
        for id in (2, 1, 2):
            enqueue_after_commit(JobName.MAKE_DOCUMENT, id)
        enqueue_after_commit(JobName.SWEEP)
    assert collected_tasks() == [Task(JobName.MAKE_DOCUMENT, 2), Task(JobName.MAKE_DOCUMENT, 1), Task(JobName.SWEEP)]


def test_nothing_is_sent_after_a_rollback(database):
    def fail() -> None:
        with transaction():
            enqueue_after_commit(JobName.MAKE_DOCUMENT, 7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with transaction():
        pass
    assert collected_tasks() == []


def test_the_end_of_a_savepoint_sends_nothing_yet(database):
    with transaction() as session:
        with session.begin_nested():
            enqueue_after_commit(JobName.MAKE_DOCUMENT, 7)
        assert collected_tasks() == []
    assert collected_tasks() == [Task(JobName.MAKE_DOCUMENT, 7)]


def test_a_savepoint_rolled_back_leaves_what_was_asked_before_it(database):
    with transaction() as session:
        enqueue_after_commit(JobName.MAKE_DOCUMENT, 7)
        session.begin_nested().rollback()
    assert collected_tasks() == [Task(JobName.MAKE_DOCUMENT, 7)]


def test_collected_jobs_run_in_order_in_contexts_of_their_own(small_app, monkeypatch):
    monkeypatch.setitem(jobs.JOBS, JobName.MAKE_DOCUMENT, f"{__name__}:note")
    monkeypatch.setitem(jobs.JOBS, JobName.SWEEP, f"{__name__}:note")
    done.clear()
    monkeypatch.setattr(jobs, "import_module", lambda name: __import__("sys").modules[name])
    queue.send([Task(JobName.MAKE_DOCUMENT, 3), Task(JobName.SWEEP)])
    assert run_pending_jobs() == [Task(JobName.MAKE_DOCUMENT, 3), Task(JobName.SWEEP)]
    assert done == [3, None]


def test_jobs_that_never_end_are_told_of(small_app, monkeypatch):
    monkeypatch.setattr(jobs, "resolve", lambda _name: ask_again)
    queue.send([Task(JobName.MAKE_DOCUMENT, 3)])
    with pytest.raises(RuntimeError, match="keep asking"):
        run_pending_jobs(limit=5)


def test_a_queue_that_is_down_neither_fails_the_request_nor_holds_it_up(config):
    app = Flask("small")
    queue.init_app(app, replace(config, queue_mode="redis"))
    began = time.monotonic()
    with app.app_context():
        assert queue.send([Task(JobName.SWEEP)]) is False
    assert time.monotonic() - began < 1


def test_every_job_has_a_queue_a_function_and_a_pause_for_each_attempt():
    assert set(queue.QUEUE_OF) == set(jobs.JOBS) == set(JobName)
    assert {name for name, _ in jobs.PERIODIC} <= set(JobName)
    data = queue._job_data(Task(JobName.SWEEP))
    assert data.retry.max == len(data.retry.intervals) == len(queue.PAUSES)
