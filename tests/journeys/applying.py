"""What a citizen does with a birth certificate in the browser: begin, fill in, add documents, send."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.test import TestResponse

from tests.birth_certificate import PAPERS, TYPED
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.people import AGENCY, SERVICE


def page(code: str, rest: str = "") -> str:
    """A page of an application."""
    return f"/permohonan/{code}{rest}"


def start(client: CheckedClient) -> str:
    """Press [Baru] on the home of the agency; returns the code of the draft."""
    client.get(f"/instansi/{AGENCY}")
    there = client.submit(form=f"/layanan/{AGENCY}/{SERVICE}/baru")
    assert there.status_code == 200, there.request.path
    return there.request.path.split("/")[2]


def fill_step(client: CheckedClient, code: str, step: str, **changes: Any) -> TestResponse:
    """Fill in one step and press its button; the answer is where that leads."""
    client.get(page(code, f"/langkah/{step}"))
    return client.submit({**TYPED[step], **changes}, form="isian")


def fill_forms(client: CheckedClient, code: str) -> TestResponse:
    """Every step of questions; the last answer is the step behind them."""
    answers = [fill_step(client, code, step) for step in TYPED]
    assert [answer.status_code for answer in answers] == [200] * len(TYPED)
    return answers[-1]


def upload(
    client: CheckedClient, code: str, key: str, content: bytes, name: str = "foto.jpg", **fields: Any
) -> TestResponse:
    """[Tambah Dokumen] with a file from the phone."""
    client.get(page(code, f"/data-dukung/{key}?pilihan=baru"))
    return client.submit({"file": (io.BytesIO(content), name), **fields}, form="unggah")


def add_documents(client: CheckedClient, code: str, keys: tuple[str, ...] = PAPERS) -> None:
    """A photo for every document that must be there."""
    picture = photo()
    for key in keys:
        assert upload(client, code, key, picture).status_code == 200


def send(client: CheckedClient, code: str, **changes: Any) -> TestResponse:
    """Tick the consent on the last step, that of another person where one is asked, and press [Kirim Pengajuan]."""
    client.get(page(code, "/langkah/kirim"))
    assert client.page is not None
    version = client.page.values_of("consent")[0]
    others = client.page.values_of("person_consent")
    ticks = {"consent": version} | ({"person_consent": others[0]} if others else {})
    return client.submit({**ticks, **changes}, form="kirim")
