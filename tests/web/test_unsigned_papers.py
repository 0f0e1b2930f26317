"""A paper that nobody has to sign: issued with the decision, made by a job, fetched once, known to the public."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import IssuedDocument
from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.journeys import desk
from tests.more_services import LETTER, declared
from tests.people import AGENCY, application


@pytest.fixture(autouse=True)
def _letter(site: Flask, tmp_path: Path) -> Iterator[None]:
    with declared(site, tmp_path, LETTER):
        yield


def paper() -> IssuedDocument:
    """The newest paper, freshly read."""
    db.session.remove()
    return db.session.scalars(select(IssuedDocument).order_by(IssuedDocument.id.desc())).first()


@pytest.fixture
def sent(citizen: CheckedClient) -> str:
    """The code of a sent application for the letter."""
    citizen.get(f"/layanan/{AGENCY}/surat-domisili")
    code = citizen.submit(form="/baru").request.path.split("/")[2]
    citizen.submit({"person": "SITI AMINAH"}, form="isian")
    consent = citizen.page.values_of("consent")[0]
    citizen.submit({"consent": consent}, form="kirim")
    assert application(code).state == "sent"
    return code


def test_it_is_issued_with_the_decision_and_fetched_once_it_is_made(
    citizen: CheckedClient, verifier: CheckedClient, sent: str
) -> None:
    desk.act(verifier, sent, "approve")
    citizen.get(f"/permohonan/{sent}")
    assert "Sudah Terbit" in citizen.page.words()
    assert not [link for link in citizen.page.links() if "/dokumen/" in link], "it is still in the making"
    run_pending_jobs()
    citizen.get(f"/permohonan/{sent}")
    address = citizen.page.link("/dokumen/")
    citizen.get(address)
    assert "tanpa tanda tangan" in citizen.page.words()
    taken = citizen.submit(form=address)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(taken.data)).pages)
    assert "Surat Domisili" in text
    assert "SITI AMINAH" in text
    assert "tanpa tanda tangan" in text
    assert (paper().state, paper().grants_allowed, paper().grants_taken) == ("signed", 1, 1)


def test_no_signer_is_asked_for_it(
    citizen: CheckedClient, verifier: CheckedClient, signer: CheckedClient, sent: str
) -> None:
    desk.act(verifier, sent, "approve")
    run_pending_jobs()
    signer.get("/petugas/tanda-tangan")
    assert "Tidak ada dokumen yang menunggu Anda" in signer.page.words()


def test_the_public_tells_its_file_from_another(
    citizen: CheckedClient, verifier: CheckedClient, visitor: CheckedClient, sent: str
) -> None:
    desk.act(verifier, sent, "approve")
    run_pending_jobs()
    citizen.get(f"/permohonan/{sent}")
    address = citizen.page.link("/dokumen/")
    citizen.get(address)
    content = citizen.submit(form=address).data
    visitor.get(f"/verifikasi/{paper().verification_code}")
    assert "Diterbitkan" in visitor.page.words()
    assert "Ditandatangani" not in visitor.page.words()
    for file, told in ((content, "File ini asli"), (content + b"x", "File ini sudah diubah")):
        visitor.get(f"/verifikasi/{paper().verification_code}")
        visitor.submit({"berkas": (io.BytesIO(file), "surat.pdf")}, form="/verifikasi/")
        assert told in visitor.page.words()


def test_a_lost_one_is_opened_again_once(citizen: CheckedClient, verifier: CheckedClient, sent: str) -> None:
    desk.act(verifier, sent, "approve")
    run_pending_jobs()
    citizen.get(f"/permohonan/{sent}")
    address = citizen.page.link("/dokumen/")
    citizen.get(address)
    citizen.submit(form=address)
    desk.act(verifier, sent, "reopen", reason="File hilang.")
    assert (paper().grants_allowed, paper().grants_taken) == (2, 1)


@pytest.mark.parametrize("is_made", [True, False])
def test_one_that_is_replaced_counts_no_more_even_if_it_was_never_made(
    citizen: CheckedClient, verifier: CheckedClient, signer: CheckedClient, sent: str, is_made: bool
) -> None:
    desk.act(verifier, sent, "approve")
    if is_made:
        run_pending_jobs()
    desk.act(signer, sent, "replace", reason="Nama salah ketik.")
    run_pending_jobs()
    assert paper().state == ("replaced" if is_made else "dropped")
    citizen.get(f"/permohonan/{sent}")
    assert not [link for link in citizen.page.links() if "/dokumen/" in link]
    desk.act(verifier, sent, "approve")
    run_pending_jobs()
    assert (paper().state, paper().issue) == ("signed", 2)
