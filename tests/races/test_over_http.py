"""The one-time download through the real web server: many phones, tabs and presses, one grant, whole bytes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlencode

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from portal.engine.assurance import STRONGEST
from portal.extensions import db
from portal.models import Application, DownloadGrant, Event, IssuedDocument
from portal.operations import papers, visits
from portal.transaction import transaction
from tests import fixtures_files
from tests.cases import paper_to_download
from tests.server import Server, running_server

PRESSES = 8
Case = Callable[..., Application]


@dataclass(frozen=True)
class Browser:
    """A person's cookie and the token that their forms carry."""

    cookie: str
    token: str

    def headers(self) -> dict[str, str]:
        return {"Cookie": f"loket={self.cookie}"}


@pytest.fixture
def server(site: Flask) -> Iterator[Server]:
    """On PostgreSQL two processes, as in production; SQLite takes one, with its threads."""
    config = site.extensions["config"]
    with running_server(config, processes=1 if config.uses_sqlite else 2) as running:
        yield running


@pytest.fixture
def browser(site: Flask, siti: int) -> Browser:
    """Siti, logged in."""
    sid = secrets.token_urlsafe(32)
    with transaction():
        visits.open_visit(
            sid,
            replaces="",
            audience="citizen",
            account_id=siti,
            agency="dukcapil",
            expires_in=timedelta(hours=1),
            assurance=STRONGEST,
        )
    # The token as Flask-WTF writes it into every form of this session.
    forms = URLSafeTimedSerializer(site.secret_key, salt="wtf-csrf-token")
    return Browser(sid, forms.dumps(site.session_interface.csrf_token(sid)))


@pytest.mark.req("SIN-77")
def test_presses_at_once_are_one_grant_and_all_get_the_whole_paper(
    server: Server, browser: Browser, case: Case
) -> None:
    pdf = fixtures_files.paper(1)
    application = case("issued")
    document = _paper(application, pdf)
    address = _address(application, document)
    with ThreadPoolExecutor(PRESSES) as crowd:
        barrier = Barrier(PRESSES)
        presses = [crowd.submit(_press, server, browser, address, barrier) for _ in range(PRESSES)]
        answers = [press.result() for press in presses]
    assert answers == [(303, pdf)] * PRESSES
    grants = select(func.count()).where(DownloadGrant.document_id == document.id)
    assert db.session.scalar(grants) == 1
    events = select(func.count()).where(Event.subject_id == document.application_id, Event.action == "download")
    assert db.session.scalar(events) == 1


@pytest.mark.req("SIN-77")
def test_a_second_download_is_refused_once_the_first_can_no_longer_be_resumed(
    server: Server, browser: Browser, case: Case
) -> None:
    application = case("issued")
    address = _address(application, _paper(application, fixtures_files.paper(1)))
    barrier = Barrier(1)
    assert _press(server, browser, address, barrier)[0] == 303
    with transaction() as session:
        for grant in session.scalars(select(DownloadGrant)):
            grant.resume_until -= timedelta(hours=1)
    with ThreadPoolExecutor(PRESSES) as crowd:
        barrier = Barrier(PRESSES)
        presses = [crowd.submit(_press, server, browser, address, barrier) for _ in range(PRESSES)]
        assert {press.result()[0] for press in presses} == {409}


def _paper(application: Application, pdf: bytes) -> IssuedDocument:
    blob = papers.store_pdf(pdf)
    with transaction():
        file_id = papers.keep_file(blob, name="akta.pdf")
        papers.claim_file(file_id)
        return paper_to_download(application, file_id=file_id)


def _address(application: Application, document: IssuedDocument) -> str:
    return f"/permohonan/{application.code}/dokumen/{document.verification_code}"


def _press(server: Server, browser: Browser, address: str, barrier: Barrier) -> tuple[int, bytes]:
    """Press *Unduh* on a connection of one's own, and fetch the bytes; (status of the press, bytes)."""
    connection = server.connect()
    connection.connect()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    barrier.wait(20)
    connection.request("POST", address, urlencode({"csrf_token": browser.token}), browser.headers() | form)
    answer = connection.getresponse()
    answer.read()
    connection.request("GET", f"{address}/berkas", headers=browser.headers())
    body = connection.getresponse().read()
    connection.close()
    return answer.status, body
