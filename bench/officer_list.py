"""The officers' list against a bare Flask route that returns the same bytes: requests per second, as a share."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask
from sqlalchemy import select
from werkzeug.test import EnvironBuilder

from portal.extensions import db
from portal.models import LoginName
from tests.client import CheckedClient
from tests.people import AGENCY, OFFICERS, SERVICE, log_in_officer
from tests.population import populate
from tests.temporary import temporary_portal

ROWS, APPLICATIONS = 50, 10_000
PATH = "/petugas/permohonan"
MUST, AIM = 0.12, 0.24
ROUNDS, EACH = 15, 20  # short rounds in turn, so that what else the machine does falls on both


def main() -> None:
    with temporary_portal() as app:
        app.test_client_class = CheckedClient
        client = log_in_officer(app.test_client(), "verifier")
        digest = app.extensions["vault"].digest("username", OFFICERS["verifier"][1])
        holder = db.session.scalars(select(LoginName.account_id).where(LoginName.digest == digest)).one()
        populate(AGENCY, SERVICE, APPLICATIONS, holder)
        page = client.get(PATH)
        assert page.text.count("data-row>") == ROWS, "the list is not full"
        cookie = client.get_cookie("petugas")
        assert cookie is not None
        print(f"{ROWS} of {APPLICATIONS:,} applications, SQLite, one thread, WSGI, medians of {ROUNDS} rounds")
        print(f"{'answer':22} {'bytes':>7} {'list/s':>8} {'bare/s':>8} {'share':>7}   must {MUST}, aim {AIM}")
        for encoding in ("identity", "br"):
            headers = {"Accept-Encoding": encoding, "Cookie": f"petugas={cookie.value}"}
            _compare(app, headers, encoding)


def _compare(app: Flask, headers: dict[str, str], encoding: str) -> None:
    ours = _caller(app, headers)
    body = ours()
    bare = _caller(_bare_app(body), headers)
    assert len(bare()) == len(body)
    shares, list_rates, bare_rates = [], [], []
    for _ in range(ROUNDS):
        mine, floor = _rate(ours, EACH), _rate(bare, EACH * 6)
        shares.append(mine / floor)
        list_rates.append(mine)
        bare_rates.append(floor)
    share = statistics.median(shares)
    verdict = "ok" if share >= AIM else "within must" if share >= MUST else "TOO SLOW"
    print(
        f"{PATH[8:] + ' ' + encoding:22} {len(body):7,} {statistics.median(list_rates):8.0f}"
        f" {statistics.median(bare_rates):8.0f} {share:7.3f}   {verdict}"
    )


def _bare_app(body: bytes) -> Flask:
    """The floor: routing, a request, a response, and nothing else."""
    app = Flask("bare")
    app.add_url_rule(PATH, view_func=lambda: app.response_class(body, mimetype="text/html"))
    return app


def _caller(app: Flask, headers: dict[str, str]) -> Callable[[], bytes]:
    """Call an app as a server does, without a socket: the same for both."""
    environ = EnvironBuilder(path=PATH, headers=headers).get_environ()

    def call() -> bytes:
        statuses: list[str] = []
        chunks = app.wsgi_app(dict(environ), lambda status, *_: statuses.append(status))
        body = b"".join(chunks)
        chunks.close()
        assert statuses == ["200 OK"]
        return body

    return call


def _rate(call: Callable[[], bytes], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        call()
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
