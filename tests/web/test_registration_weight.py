"""What the longest registration forms weigh on the wire, and what they ask of the database."""

from __future__ import annotations

import brotli
import pytest
from flask import Flask

from portal.operations import throttle
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.web.test_budgets import FIRST_PAINT, PAGE_QUERIES, _counted, _style_sheets, _wire_size

FORM = 14_000  # bytes


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


@pytest.mark.parametrize(
    "path",
    [
        "/daftar/dukcapil",
        "/daftar/imigrasi",
        "/daftar/kesehatan",
        "/daftar/bmkg",
        "/daftar/bmkg?jenis=perusahaan",
        "/daftar/karantina?jenis=cabang",
    ],
)
def test_a_form_is_light_and_asks_little(visitor: CheckedClient, path: str) -> None:
    _weigh(visitor, path)


def test_the_rest_of_the_longest_form_is_light_too(visitor: CheckedClient) -> None:
    visitor.get("/daftar/karantina?jenis=cabang")
    visitor.submit({"name": "PT Maju", "email": "maju@example.com"}, form="register")
    mail = outbox.messages("lanjutkan-pendaftaran", channel="email", to="maju@example.com")[0]
    visitor.get(outbox.path_in(mail))
    visitor.submit()
    _weigh(visitor, "/daftar/karantina/perbaiki")


def _weigh(client: CheckedClient, path: str) -> None:
    text = client.get(path).text
    with _counted() as seen:
        client.get(path)
    page = len(brotli.compress(text.encode(), quality=5))
    sheets = sum(map(_wire_size, _style_sheets(text)))
    assert page <= FORM
    assert page + sheets <= FIRST_PAINT
    assert len(seen) <= PAGE_QUERIES, seen
