"""What breaks loses nothing: the queue server is away while people send, a worker dies while it makes a paper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock, create_app, queue
from portal.config import ROOT, Config
from portal.extensions import db
from portal.jobs.upkeep import sweep
from portal.models import IssuedDocument, Message, StoredFile
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.databases import SqliteDatabase
from tests.journeys import applying, desk
from tests.people import enrol_citizen, log_in_citizen, log_in_officer, prepare
from tests.unit.runtime_steps import started, until
from tests.web.conftest import MONDAY

LONG = 25  # seconds: a busy machine starts two processes slowly


@pytest.fixture
def _monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def portal(_monday: None, shared_folder: Path, tmp_path: Path, monkeypatch) -> Iterator[Flask]:
    """A portal with a real queue, whose server nobody has started yet."""
    monkeypatch.setattr(queue, "PAUSES", (1, 1, 1, 1))
    database = SqliteDatabase(shared_folder, tmp_path)
    app = create_app(Config.for_tests(database.url, tmp_path, queue_mode="redis"))
    app.test_client_class = CheckedClient
    with app.app_context():
        with transaction():
            prepare()
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def working(folder: Path, app: Flask) -> Iterator[None]:
    """A worker in a process of its own."""
    url = str(app.extensions["config"].database_url)
    command = [sys.executable, "-m", "tests.journeys.resilience_children", str(folder), url]
    worker = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        os.kill(worker.pid, signal.SIGTERM)
        worker.wait(20)


def states_of_what_goes_out() -> set[str]:
    """Of all messages that leave the house; the inbox inside needs no worker."""
    db.session.remove()
    return set(db.session.scalars(select(Message.state).where(Message.channel.in_(("whatsapp", "email")))))


def fresh(found: Callable[[], object]) -> Callable[[], object]:
    """Ask the database anew each time."""

    def ask() -> object:
        db.session.remove()
        return found()

    return ask


def test_what_waited_while_the_queue_was_away_is_done_and_a_killed_job_is_done_again_once(
    portal: Flask, tmp_path: Path
) -> None:
    with transaction():
        account_id = enrol_citizen("9901014508900001", "SITI AMINAH", "9901010101200007")
    citizen = log_in_citizen(portal.test_client(), account_id)
    code = applying.start(citizen)
    applying.fill_forms(citizen, code)
    applying.add_documents(citizen, code)
    assert applying.send(citizen, code).request.path == applying.page(code, "/bukti")
    assert states_of_what_goes_out() == {"queued"}
    with started("own_queue_server", tmp_path) as owner:
        until((tmp_path / f"ready.{owner.pid}").exists, LONG)
        with working(tmp_path, portal):
            sweep()
            until(lambda: states_of_what_goes_out() == {"sent"}, LONG)
            verifier = log_in_officer(portal.test_client(), "verifier")
            for action in ("take", "approve"):
                desk.act(verifier, code, action)
            until((tmp_path / "died").exists, LONG)
            until(fresh(lambda: db.session.scalar(select(IssuedDocument.state)) == "made"), LONG)
    papers = select(func.count()).select_from(IssuedDocument)
    claimed = select(func.count()).where(StoredFile.blob.like("issued/%"), StoredFile.claimed_at.is_not(None))
    assert (db.session.scalar(papers), db.session.scalar(claimed)) == (1, 1)
