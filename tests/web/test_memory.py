"""The web process stays within its memory: when it is ready, and after an officer signed."""

from __future__ import annotations

import sys

import pytest

from portal.jobs.papers import make_document
from tests.backstage import PASSPHRASE, approve, give_certificate, send_birth
from tests.people import log_in_officer
from tests.server import running_server, worker_megabytes
from tests.signing_visit import sign_all, with_signing_service

BUDGET = 110  # MB when ready, of performance.md; where the database is a server, its client comes on top
GROWTH = (
    20  # MB that pages (12) and the client of the queue (8), loaded with the first task, may add; pyHanko would be 40
)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_web_process_stays_small_after_an_officer_signed(site, siti):
    give_certificate()
    for _ in range(2):
        make_document(approve(send_birth(siti.account_id)).id)
    cookie = log_in_officer(site.test_client(), "signer").get_cookie("petugas").value
    with with_signing_service(site.extensions["config"]) as config, running_server(config) as server:
        ready = worker_megabytes(server)
        assert ready <= BUDGET or not config.uses_sqlite
        assert "2 dokumen ditandatangani" in sign_all(server, cookie, PASSPHRASE)
        assert worker_megabytes(server) <= ready + GROWTH
