"""The officers' part and the paper: list, talk, notes, approval, PDF, signature, one download, verification."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pypdf
import pytest

from portal import clock
from portal.jobs.upkeep import expire_timers
from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.journeys import applying, desk, outbox
from tests.journeys.applying import page
from tests.people import application, log_in_citizen
from tests.web.conftest import MONDAY

NOTE = "Fotonya buram. Ambil lagi di tempat terang."
TAMPERED = 2000  # a byte somewhere in the middle of the paper


def paper_address(client: CheckedClient, code: str) -> str:
    """The page of the finished document, as the application links it."""
    client.get(page(code))
    assert client.page is not None
    return client.page.link("/dokumen/")


def take(client: CheckedClient, address: str) -> bytes:
    """Press the button of the paper's page, and receive the file."""
    client.get(address)
    response = client.submit(form="/dokumen/")
    assert response.mimetype == "application/pdf", response.request.path
    return response.data


@pytest.mark.req("SIN-84")
def test_the_verifier_finds_a_case_by_each_filter_and_takes_it(verifier: CheckedClient, sent: str) -> None:
    for query in ("", "?q=DEWI", f"?q={sent}", "?status=sent", "?pegang=kosong", "?dari=2026-11-23"):
        verifier.get(f"/petugas/permohonan{query}")
        assert any(sent in link for link in verifier.page.links()), query
    for query in ("?q=TIDAK+ADA", "?status=signing", "?pegang=saya", "?sampai=2026-11-22"):
        verifier.get(f"/petugas/permohonan{query}")
        assert not any(sent in link for link in verifier.page.links()), query
    desk.act(verifier, sent, "take")
    verifier.get("/petugas/")
    assert sent in verifier.page.words()


@pytest.mark.req("SIN-75")
def test_citizen_and_verifier_talk_inside_the_application(
    citizen: CheckedClient, verifier: CheckedClient, taken: str
) -> None:
    citizen.get(page(taken))
    citizen.submit({"text": "Apakah KK lama boleh?"}, form="/obrolan")
    verifier.get(desk.path(taken, "/percakapan"))
    assert "Apakah KK lama boleh?" in verifier.page.words()
    verifier.submit({"text": "Boleh, asal masih terbaca."}, form="/percakapan")
    citizen.get(page(taken))
    words = citizen.page.words()
    assert "Boleh, asal masih terbaca." in words
    assert "09.00 WIB" in words
    run_pending_jobs()
    assert outbox.path_in(outbox.messages("pesan-baru")[0]).startswith(page(taken))


@pytest.mark.req("SIN-84")
def test_a_note_on_one_document_comes_back_with_only_that_document_open(
    citizen: CheckedClient, verifier: CheckedClient, taken: str
) -> None:
    desk.note(verifier, taken, "document:kartu-keluarga", NOTE)
    desk.act(verifier, taken, "return")
    run_pending_jobs()
    citizen.get(outbox.path_in(outbox.messages("perbaikan")[0]))
    assert "Perlu Perbaikan" in citizen.page.words()
    assert NOTE in citizen.page.words()
    citizen.get(page(taken, "/langkah/data-dukung"))
    added = [link for link in citizen.page.links() if "/data-dukung/" in link]
    assert added
    assert all(link.endswith("/kartu-keluarga") for link in added)
    applying.upload(citizen, taken, "kartu-keluarga", photo((900, 700)), "terang.jpg")
    applying.send(citizen, taken)
    found = application(taken)
    assert (found.state, found.round) == ("sent", 2)
    desk.act(verifier, taken, "take")
    verifier.get(desk.path(taken))
    assert "baru sejak pengiriman sebelumnya" in verifier.page.words()


@pytest.mark.req("SIN-85")
def test_two_papers_are_signed_with_one_passphrase(
    citizen: CheckedClient, verifier: CheckedClient, signer: CheckedClient, taken: str
) -> None:
    second = applying.start(citizen)
    applying.fill_forms(citizen, second)
    applying.add_documents(citizen, second)
    applying.send(citizen, second)
    desk.act(verifier, second, "take")
    for code in (taken, second):
        desk.act(verifier, code, "approve")
    run_pending_jobs()
    signer.get("/petugas/tanda-tangan")
    papers = signer.page.values_of("paper")
    for paper in papers:
        assert citizen.get(page(taken, f"/dokumen/{paper}")).status_code == 404, "what is not signed is not released"
    wrong = signer.submit({"paper": papers, "passphrase": "salah"}, form="tanda-tangan")
    assert wrong.text.count("Passphrase salah") == 2
    assert application(taken).state == "signing"
    result = desk.sign_all(signer)
    assert "2" in result.text
    assert {application(taken).state, application(second).state} == {"issued"}


@pytest.mark.req("SIN-76", "SIN-77", "SIN-80", "SIN-81", "SIN-82")
def test_the_paper_is_downloaded_once_and_can_be_resumed_for_half_an_hour(citizen: CheckedClient, issued: str) -> None:
    for channel in ("whatsapp", "email"):
        assert outbox.path_in(outbox.messages("terbit", channel=channel)[0]).startswith(page(issued))
    address = paper_address(citizen, issued)
    words = citizen.page.words()
    assert "Sudah Terbit TTE" in words
    assert "HVS" in words
    for _ in range(3):
        citizen.get(address)
        citizen.head(address)
    content = take(citizen, address)
    half = len(content) * 4 // 5
    rest = citizen.get(f"{address}/berkas", headers={"Range": f"bytes={half}-"})
    assert rest.status_code == 206
    assert content[:half] + rest.data == content
    reader = pypdf.PdfReader(io.BytesIO(content))
    size = reader.pages[0].mediabox
    assert (round(float(size.width)), round(float(size.height))) == (595, 842)
    with clock.frozen(MONDAY + timedelta(minutes=29, seconds=59)):
        citizen.get(page(issued))
        assert citizen.get(f"{address}/berkas").data == content


@pytest.mark.req("SIN-77", "SIN-79")
def test_a_second_download_is_refused_until_the_verifier_opens_it_again(
    citizen: CheckedClient, other_citizen: CheckedClient, verifier: CheckedClient, issued: str
) -> None:
    address = paper_address(citizen, issued)
    token = citizen.page.form("/keluar").values["csrf_token"]
    take(citizen, address)
    assert other_citizen.get(address).status_code == 404
    with clock.frozen(MONDAY + timedelta(minutes=20)):
        citizen.get(page(issued))
        verifier.get("/petugas/")
    with clock.frozen(MONDAY + timedelta(minutes=31)):
        assert citizen.get(f"{address}/berkas").status_code == 303
        assert citizen.post(address, data={"csrf_token": token}).status_code == 409
        citizen.get(address)
        assert "hanya bisa di download 1 (satu) kali" in citizen.page.words()
        citizen.submit(form="/minta")
        desk.act(verifier, issued, "reopen", reason="File hilang.")
        assert take(citizen, address).startswith(b"%PDF")


@pytest.mark.req("SIN-78")
def test_a_paper_that_nobody_downloads_expires_after_a_week(citizen: CheckedClient, issued: str) -> None:
    address = paper_address(citizen, issued)
    account_id = application(issued).account_id
    with clock.frozen(MONDAY + timedelta(days=7, seconds=-1)):
        log_in_citizen(citizen, account_id)
        citizen.get(address)
        assert citizen.page.has_form(address)
    with clock.frozen(MONDAY + timedelta(days=7)):
        log_in_citizen(citizen, account_id)
        token = citizen.get(page(issued)) and citizen.page.form("/keluar").values["csrf_token"]
        assert citizen.post(address, data={"csrf_token": token}).status_code == 409
        assert "Minta Verifikator Dinas membukanya lagi" in citizen.page.words()
        expire_timers()
        citizen.get(page(issued))
        assert "Kedaluwarsa" in citizen.page.words()


@pytest.mark.req("XCT-13")
def test_anybody_tells_a_true_paper_from_a_tampered_one(
    citizen: CheckedClient, visitor: CheckedClient, issued: str
) -> None:
    address = paper_address(citizen, issued)
    content = take(citizen, address)
    code = address.rpartition("/")[2]
    visitor.get(f"/verifikasi/{code}")
    words = visitor.page.words()
    for told in ("Kutipan Akta Kelahiran", "Kabupaten Pekalongan", "D••• A•••", "2026"):
        assert told in words, told
    assert "DEWI ANGGRAINI" not in words
    assert _verdict(visitor, code, content) == "good"
    broken = bytearray(content)
    broken[TAMPERED] ^= 1
    assert _verdict(visitor, code, bytes(broken)) == "bad"
    assert _verdict(visitor, code, content + b"\n%lain") == "bad"
    assert visitor.get("/verifikasi/tidak-ada").status_code == 404


def test_the_true_file_of_another_paper_is_not_vouched_for(
    citizen: CheckedClient, verifier: CheckedClient, signer: CheckedClient, visitor: CheckedClient, issued: str
) -> None:
    other = applying.start(citizen)
    applying.fill_forms(citizen, other)
    applying.add_documents(citizen, other)
    applying.send(citizen, other)
    for action in ("take", "approve"):
        desk.act(verifier, other, action)
    run_pending_jobs()
    desk.sign_all(signer)
    content = take(citizen, paper_address(citizen, other))
    code = paper_address(citizen, issued).rpartition("/")[2]
    assert _verdict(visitor, code, content) == "bad"


def _verdict(client: CheckedClient, code: str, content: bytes) -> str:
    client.get(f"/verifikasi/{code}")
    answer = client.submit({"berkas": (io.BytesIO(content), "akta.pdf")}, form="/verifikasi/")
    result = answer.text[answer.text.index('id="file-check"') :]
    found = re.search(r'class="notice (good|bad|action)"', result)
    assert found, result
    return found[1]
