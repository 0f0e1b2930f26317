"""A running portal for a browser: SQLite, its own port, a clock that stands, jobs done when a test says so."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from portal import create_app
from portal.config import Config
from portal.engine.assurance import STRONGEST
from portal.extensions import db
from portal.models import LoginName
from portal.operations import visits
from portal.operations.officers import create_officer
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.databases import SqliteDatabase
from tests.journeys.desk import give_certificate
from tests.people import AGENCY, OFFICERS, PASSWORD, enrol_citizen, prepare

T = TypeVar("T")
COOKIES = {"citizen": "loket", "officer": "petugas"}


def aside(function: Callable[..., T], *arguments: Any) -> T:
    """Call in another thread: in the test's own one the browser's event loop runs, and signing wants one too."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


class Site:
    """A portal that answers at `url`; `people` are the accounts of its citizens by name."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app, self.url = app, url
        self.people: dict[str, int] = {}
        self.officers: dict[str, int] = {}

    def appoint(self, agency: str, office: str, role: str) -> str:
        """The name of an officer of any agency with one duty, the same one each time."""
        name = f"{role}.{agency}.{office or 'semua'}".lower()
        if name not in self.officers:
            with self.app.app_context(), transaction():
                self.officers[name] = create_officer(name.title(), name, PASSWORD, [(agency, office, role)])
        return name

    def enrol(self, nik: str, name: str, kk: str) -> None:
        """A citizen with an active enrolment."""
        with self.app.app_context(), transaction():
            self.people[name] = enrol_citizen(nik, name, kk)

    def newcomer(self) -> str:
        """The name of a citizen whom no other test has met, and who has no application yet."""
        number = len(self.people) + 100
        name = f"WARGA {chr(65 + number % 26)}{chr(65 + number // 26)}"
        self.enrol(f"990101450890{number:04}", name, f"990101010120{number:04}")
        return name

    def do_jobs(self) -> None:
        """Do what waits in the queue, as a worker would."""

        def work() -> None:
            with self.app.app_context():
                run_pending_jobs()

        aside(work)

    def cookie_of(self, who: str) -> dict[str, Any]:
        """The cookie of a new visit: a citizen by name, an officer by role."""
        audience = "officer" if who in OFFICERS or who in self.officers else "citizen"
        sid = secrets.token_urlsafe(32)
        with self.app.app_context():
            account_id = self.people.get(who) or self.officers.get(who) or self._officer(who)
            with transaction():
                visits.open_visit(
                    sid,
                    replaces="",
                    audience=audience,
                    account_id=account_id,
                    agency=AGENCY if audience == "citizen" else "",
                    expires_in=timedelta(days=1),
                    assurance=STRONGEST,
                )
            db.session.remove()
        return {"name": COOKIES[audience], "value": sid, "url": self.url}

    def client(self, who: str = "") -> CheckedClient:
        """A quick client without a browser, to bring somebody into a state."""
        client = self.app.test_client()
        assert isinstance(client, CheckedClient)
        if who:
            cookie = self.cookie_of(who)
            client.set_cookie(cookie["name"], cookie["value"])
        return client

    def _officer(self, role: str) -> int:
        digest = self.app.extensions["vault"].digest("username", OFFICERS[role][1])
        found = db.session.scalar(select(LoginName.account_id).where(LoginName.digest == digest))
        assert found is not None, role
        return found


@contextmanager
def running_site(shared: Path, folder: Path, **settings: Any) -> Iterator[Site]:
    """Start the portal in a thread of this process, with officers and two citizens."""
    database = SqliteDatabase(shared, folder)
    app = create_app(Config.for_tests(database.url, folder / "instance", **settings))
    app.test_client_class = CheckedClient
    with app.app_context():
        with transaction():
            prepare()
        give_certificate(PASSWORD)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site = Site(app, f"http://127.0.0.1:{server.server_port}")
    site.enrol("9901014508900001", "SITI AMINAH", "9901010101200007")
    site.enrol("9901010203850002", "BUDI SANTOSO", "9901010202150003")
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()
