"""A birth certificate from [Baru] to the Bukti Pengiriman, without JavaScript: guide C.1."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal import clock
from portal.queue import run_pending_jobs
from tests import fixtures_files as files
from tests.birth_certificate import TYPED
from tests.client import CheckedClient
from tests.journeys import applying, outbox
from tests.journeys.applying import page
from tests.journeys.joining import sum_answer
from tests.people import AGENCY, PASSWORD, application
from tests.web.conftest import MONDAY, Citizen

WRONG = {
    "detail": {"baby_name": "", "born_at": "2027-01-01T10:00", "birth_order": "nol"},
    "orang-tua": {"mother_nik": "123", "father_name": "8UDI"},
    "saksi": {"witness1_nik": "", "witness2_name": ""},
}


@pytest.fixture
def draft(citizen: CheckedClient) -> str:
    """A draft whose questions are answered."""
    code = applying.start(citizen)
    applying.fill_forms(citizen, code)
    return code


@pytest.mark.req("SIN-44", "SIN-50", "SIN-52")
def test_each_step_is_refused_when_wrong_keeps_what_was_typed_and_goes_on_when_right(
    citizen: CheckedClient,
) -> None:
    code = applying.start(citizen)
    for step, mistakes in WRONG.items():
        refused = applying.fill_step(citizen, code, step, **mistakes)
        assert refused.status_code == 422, step
        kept = citizen.page.form("isian").values
        for name, typed in {**TYPED[step], **mistakes}.items():
            assert kept.get(name, "") == typed, (step, name)
        assert citizen.submit(TYPED[step], form="isian").status_code == 200
    assert citizen.page.path == page(code, "/langkah/data-dukung")


@pytest.mark.req("SIN-53")
def test_what_was_saved_can_be_changed_before_sending(citizen: CheckedClient, draft: str) -> None:
    citizen.get(page(draft))
    citizen.get(citizen.page.link("/langkah/detail"))
    citizen.submit({"baby_name": "DEWI ANGGRAINI PUTRI"}, form="isian")
    citizen.get(page(draft))
    assert "DEWI ANGGRAINI PUTRI" in citizen.page.words()


def test_what_was_typed_when_the_session_ended_is_shown_again_after_the_login(
    citizen: CheckedClient, siti: Citizen
) -> None:
    code = applying.start(citizen)
    citizen.get(page(code, "/langkah/detail"))
    with clock.frozen(MONDAY + timedelta(hours=2)):
        login = citizen.submit(TYPED["detail"], form="isian")
        assert login.request.path == f"/masuk/{AGENCY}"
        assert "tersimpan" in login.text, "the person is told that nothing is lost"
        given = {"login_name": siti.nik, "password": PASSWORD}
        again = citizen.submit({**given, "captcha_answer": sum_answer(citizen, "login")}, form="login")
        assert again.request.path == page(code, "/langkah/detail")
        kept = citizen.page.form("isian").values
        for name, typed in TYPED["detail"].items():
            assert kept[name] == typed, name
        assert citizen.submit(form="isian").request.path == page(code, "/langkah/orang-tua")


CAUSES = [
    (b"\xff\xd8\xff" + bytes(6_000_000), "besar.jpg", "terlalu besar", "DPI"),
    (files.paper(1), "surat.pdf", "Jenis file tidak sesuai", "Simpan hasil scan"),
    (files.svg_with_script(), "jahat.jpg", "kode berbahaya", "Ambil foto atau scan lagi"),
    (files.eicar_in_picture(), "virus.jpg", "virus", "antivirus"),
    (files.photo()[:900], "putus.jpg", "tidak dapat dibaca", "kirim ulang"),
    (b"", "kosong.jpg", "kosong", "Pilih file lagi"),
]


@pytest.mark.req("SIN-59", "SIN-64", "SIN-65")
@pytest.mark.parametrize(("content", "name", "cause", "cure"), CAUSES, ids=[c[1] for c in CAUSES])
def test_a_file_that_is_refused_tells_the_cause_and_the_cure(
    citizen: CheckedClient, draft: str, content: bytes, name: str, cause: str, cure: str
) -> None:
    refused = applying.upload(citizen, draft, "kartu-keluarga", content, name, note="Halaman depan")
    assert refused.status_code == 422
    words = citizen.page.words()
    assert cause in words
    assert cure in words
    assert citizen.page.form("unggah").values["note"] == "Halaman depan"
    citizen.get(citizen.page.link("/panduan/unggah"))
    assert "200 atau 150 DPI" in citizen.page.words()


@pytest.mark.req("SIN-60", "SIN-61", "SIN-63")
def test_documents_are_uploaded_with_date_sheet_and_remark_and_removed(citizen: CheckedClient, draft: str) -> None:
    citizen.get(page(draft, "/data-dukung/kartu-keluarga?pilihan=baru"))
    offered = citizen.page.form("unggah").values
    assert (offered["dated_on"], offered["sheet"], offered["note"]) == ("2026-11-23", "1", "")
    given = {"dated_on": "2026-11-02", "sheet": "2", "note": "Halaman belakang"}
    applying.upload(citizen, draft, "kartu-keluarga", files.photo(format_name="PNG"), "kk.jfif", **given)
    words = citizen.page.words()
    assert "lembar ke-2" in words
    assert "Sudah ada" in words
    citizen.submit(form="/hapus")
    assert "Sudah ada" not in citizen.page.words()
    lacking = citizen.submit(form="/langkah/data-dukung")
    assert lacking.status_code == 422
    for label in ("Unggah Kartu Keluarga", "Unggah Surat Keterangan Kelahiran", "Unggah Formulir"):
        assert label in lacking.text


@pytest.mark.req("SIN-58")
def test_an_earlier_document_is_chosen_again_without_an_upload(
    citizen: CheckedClient, other_citizen: CheckedClient, draft: str
) -> None:
    applying.upload(citizen, draft, "kartu-keluarga", files.photo(), "kk-siti.jpg", sheet="3")
    second = applying.start(citizen)
    applying.fill_forms(citizen, second)
    citizen.get(page(second, "/data-dukung/kartu-keluarga"))
    assert "kk-siti.jpg" in citizen.page.words()
    assert "Lembar ke: 3" in citizen.page.words()
    chosen = citizen.page.values_of("file")[0]
    picture = citizen.get(citizen.page.link("/lihat"))
    assert picture.status_code == 200
    assert other_citizen.get(picture.request.path).status_code == 404
    citizen.get(page(second, "/data-dukung/kartu-keluarga"))
    citizen.submit({"file": chosen}, form="lama")
    assert "kk-siti.jpg" in citizen.page.words()


@pytest.mark.req("SIN-56", "SIN-69")
def test_a_statement_may_stand_in_for_a_missing_paper(citizen: CheckedClient, draft: str) -> None:
    applying.add_documents(citizen, draft, ("kartu-keluarga", "sptjm-kelahiran", "buku-nikah"))
    citizen.get(page(draft, "/langkah/data-dukung"))
    refused = citizen.submit(form="/langkah/data-dukung")
    assert refused.status_code == 422
    assert "Unggah Formulir" in refused.text
    assert "Unggah Surat Keterangan Kelahiran" not in refused.text
    applying.add_documents(citizen, draft, ("formulir",))
    citizen.get(page(draft, "/langkah/data-dukung"))
    assert citizen.submit(form="/langkah/data-dukung").request.path == page(draft, "/langkah/kirim")


@pytest.mark.req("SIN-66", "SIN-67", "SIN-68", "SIN-70")
def test_sending_asks_for_the_consent_ends_on_a_proof_and_twice_is_once(citizen: CheckedClient, draft: str) -> None:
    applying.add_documents(citizen, draft)
    assert applying.send(citizen, draft, consent=None).status_code == 422
    assert citizen.page.form("kirim").values["paper"] == "auto"
    proof = applying.send(citizen, draft)
    assert proof.request.path == page(draft, "/bukti")
    words = citizen.page.words()
    for told in (draft, "WIB", "Pengajuan Dikirim", "Verifikator", "24 November 2026", "Kartu Keluarga"):
        assert told in words, told
    version = application(draft).version
    token = {"csrf_token": citizen.get(page(draft)) and citizen.page.form("/keluar").values["csrf_token"]}
    twice = citizen.post(page(draft, "/langkah/kirim"), data={**token, "consent": "x", "version": "0"})
    assert twice.headers["Location"] == page(draft, "/bukti")
    assert application(draft).version == version
    for rest in ("/langkah/detail", "/data-dukung/kartu-keluarga/baru", "/data-dukung/kartu-keluarga/x/hapus"):
        assert citizen.post(page(draft, rest), data=token | TYPED["detail"]).status_code in (303, 404, 409, 422)
    assert application(draft).version == version


@pytest.mark.req("SIN-82")
def test_the_proof_is_made_as_pdf_and_sent_as_a_message(citizen: CheckedClient, draft: str) -> None:
    applying.add_documents(citizen, draft)
    applying.send(citizen, draft)
    run_pending_jobs()
    paper = citizen.get(page(draft, "/bukti.pdf"))
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF")
    told = outbox.messages("terkirim")[0]
    assert draft in told
    assert outbox.path_in(told) == page(draft)
    assert len(outbox.messages("terkirim", channel="email")) == 1
