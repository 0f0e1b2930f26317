"""Supporting documents: asked for, uploaded, used again, removed, and seen by nobody else (SIN-54 to SIN-65)."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import StoredFile, SupportingDocument
from tests import fixtures_files as files
from tests.birth_certificate import PAPERS
from tests.client import CheckedClient
from tests.web.applying import (
    begin,
    fill,
    filled_draft,
    return_with_notes,
    send,
    sent_application,
    upload,
)

STEP = "langkah/data-dukung"


@pytest.fixture
def draft(citizen: CheckedClient) -> str:
    """A draft whose forms are filled in."""
    code = begin(citizen)
    for step in ("detail", "orang-tua", "saksi"):
        fill(citizen, code, step)
    return code


@pytest.mark.req("SIN-54")
@pytest.mark.req("SIN-55")
def test_the_table_has_three_columns_and_says_what_is_required(citizen: CheckedClient, draft: str) -> None:
    page = citizen.get(f"/permohonan/{draft}/{STEP}")
    for column in ("Nama Dokumen", "Contoh File", "File Dokumen"):
        assert f"<th>{column}</th>" in page.text
    words = page.text
    for label, is_required in (
        ("Kartu Keluarga", True),
        ("KTP Elektronik", False),
        ("Surat Keterangan Kelahiran", True),
        ("Buku Nikah/Kutipan Akta Perkawinan", True),
        ("SPTJM Kebenaran Data Kelahiran", False),
        ("SPTJM Kebenaran sebagai Pasangan Suami Istri", False),
        ("Formulir", True),
    ):
        row = words[words.index(f'<h2 class="t lead">{label}</h2>') :].split("</td>")[0]
        assert ("Wajib</span>" in row) is is_required, label


@pytest.mark.req("SIN-60")
@pytest.mark.req("SIN-61")
@pytest.mark.req("SIN-62")
def test_an_upload_begins_with_today_and_sheet_one_and_needs_no_remark(citizen: CheckedClient, draft: str) -> None:
    citizen.get(f"/permohonan/{draft}/data-dukung/formulir")
    form = citizen.page.form("unggah")
    assert form.values["dated_on"] == "2026-11-23"
    assert (form.values["sheet"], form.values["note"]) == ("1", "")
    assert upload(citizen, draft, "formulir", dated_on="2026-11-01", sheet="3").status_code == 303
    assert "1 Nov 2026, lembar ke-3" in citizen.get(f"/permohonan/{draft}/{STEP}").text


@pytest.mark.req("SIN-59")
@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.png", "a.jfif", "tanpa-ekstensi"])
def test_pictures_are_told_by_their_content(citizen: CheckedClient, draft: str, name: str) -> None:
    content = files.photo(format_name="PNG") if name.endswith("png") else files.photo()
    assert upload(citizen, draft, "formulir", content, name=name).status_code == 303


@pytest.mark.req("SIN-64")
@pytest.mark.req("SIN-65")
@pytest.mark.req("XCT-03")
@pytest.mark.parametrize(
    ("content", "name", "cause", "cure"),
    [
        (b"%PDF-1.7\n" + b"0" * 300, "scan.pdf", "Jenis file tidak sesuai", "pengaturan scanner"),
        (b"\xff\xd8" + b"0" * (5 * 1024 * 1024), "besar.jpg", "Ukuran file terlalu besar", "200 atau 150 DPI"),
        (b"<?php system('x');", "foto.jpg", "File berisi kode berbahaya", "Ambil foto atau scan lagi"),
        (b"MZ" + b"\0" * 200, "foto.jpg", "File berisi kode berbahaya", "aplikasi bawaan"),
    ],
)  # fmt: skip
def test_a_refused_file_says_its_cause_and_cure(
    citizen: CheckedClient, draft: str, content: bytes, name: str, cause: str, cure: str
) -> None:
    answer = upload(citizen, draft, "formulir", content, name=name, note="halaman depan")
    assert answer.status_code == 422
    assert cause in answer.text
    assert cure in answer.text
    assert "/panduan/unggah" in citizen.page.links()
    assert "halaman depan" in answer.text
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_wrong_date_does_not_lose_the_file(citizen: CheckedClient, draft: str) -> None:
    answer = upload(citizen, draft, "formulir", dated_on="2027-01-01", name="kk-depan.jpg")
    assert answer.status_code == 422
    assert "Sudah terunggah: kk-depan.jpg" in answer.text
    again = citizen.submit({"dated_on": "2026-11-20"}, form="unggah", follow=False)
    assert again.status_code == 303
    assert "kk-depan.jpg" in citizen.get(f"/permohonan/{draft}/{STEP}").text


def test_no_file_is_asked_for_with_everything_else_kept(citizen: CheckedClient, draft: str) -> None:
    citizen.get(f"/permohonan/{draft}/data-dukung/formulir")
    answer = citizen.submit({"note": "lembar belakang"}, form="unggah", follow=False)
    assert answer.status_code == 422
    assert "lembar belakang" in answer.text


def test_the_same_photo_sent_twice_stands_there_once(citizen: CheckedClient, draft: str) -> None:
    picture = files.photo()
    for _ in range(2):
        upload(citizen, draft, "formulir", picture)
    count = select(func.count()).select_from(SupportingDocument)
    assert db.session.scalar(count) == 1


@pytest.mark.req("SIN-57")
@pytest.mark.req("SIN-58")
def test_an_earlier_file_is_used_again_with_its_date_and_sheet(
    citizen: CheckedClient, other_citizen: CheckedClient
) -> None:
    first = begin(citizen)
    fill(citizen, first, "detail")
    upload(citizen, first, "kartu-keluarga", name="kk-lama.jpg", dated_on="2024-02-03", sheet="2")
    code = begin(citizen)
    fill(citizen, code, "detail")
    page = citizen.get(f"/permohonan/{code}/data-dukung/kartu-keluarga")
    assert "Pilih Dokumen Lama" in page.text
    assert "Upload Baru" in page.text
    assert "kk-lama.jpg" in page.text
    assert "Tgl Dokumen: 03-02-2024. Lembar ke: 2" in page.text
    file = next(x.split("/")[2] for x in citizen.page.links() if x.startswith("/berkas/"))
    assert f'src="/berkas/{file}/kecil"' in page.text
    nothing = citizen.submit({}, form="lama", follow=False)
    assert nothing.status_code == 422
    chosen = citizen.submit({"file": file}, form="lama", follow=False)
    assert chosen.status_code == 303
    assert "3 Feb 2024, lembar ke-2" in citizen.get(f"/permohonan/{code}/langkah/data-dukung").text


def test_a_foreign_file_cannot_be_chosen(citizen: CheckedClient, other_citizen: CheckedClient, draft: str) -> None:
    upload(citizen, draft, "kartu-keluarga", name="rahasia.jpg")
    file = db.session.scalar(select(StoredFile.code))
    theirs = begin(other_citizen)
    fill(other_citizen, theirs, "detail")
    page = other_citizen.get(f"/permohonan/{theirs}/data-dukung/kartu-keluarga")
    assert "rahasia.jpg" not in page.text
    token = other_citizen.page.form("unggah").values["csrf_token"]
    address = f"/permohonan/{theirs}/data-dukung/kartu-keluarga"
    chosen = other_citizen.post(f"{address}/lama", data={"file": file, "csrf_token": token})
    kept = other_citizen.post(f"{address}/baru", data={"uploaded": file, "csrf_token": token})
    assert (chosen.status_code, kept.status_code) == (422, 422)


@pytest.mark.req("SIN-63")
def test_a_file_shows_is_enlarged_and_removed(citizen: CheckedClient, draft: str) -> None:
    upload(citizen, draft, "formulir", name="formulir.jpg")
    citizen.get(f"/permohonan/{draft}/{STEP}")
    large = citizen.page.link("/lihat")
    assert "formulir.jpg" in citizen.get(large).text
    picture = citizen.get(large.removesuffix("/lihat"))
    assert picture.mimetype == "image/jpeg"
    small = citizen.get(large.replace("/lihat", "/kecil"))
    assert small.mimetype == "image/jpeg"
    assert 0 < len(small.data) < len(picture.data)
    citizen.get(f"/permohonan/{draft}/{STEP}")
    citizen.submit(form="/hapus")
    assert "formulir.jpg" not in citizen.get(f"/permohonan/{draft}/{STEP}").text


@pytest.mark.req("XCT-03")
def test_a_file_is_served_to_its_owner_only_and_cannot_act(
    citizen: CheckedClient, other_citizen: CheckedClient, visitor: CheckedClient, draft: str
) -> None:
    upload(citizen, draft, "formulir")
    file = db.session.scalar(select(StoredFile.code))
    for path in (f"/berkas/{file}", f"/berkas/{file}/kecil", f"/berkas/{file}/lihat"):
        assert other_citizen.get(path).status_code == 404
        assert visitor.get(path).status_code == 303
    mine = citizen.get(f"/berkas/{file}")
    assert mine.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in mine.headers["Content-Security-Policy"]
    assert b"Rumah" not in mine.data


@pytest.mark.req("SIN-69")
def test_going_on_without_required_papers_lists_them(citizen: CheckedClient, draft: str) -> None:
    citizen.get(f"/permohonan/{draft}/{STEP}")
    answer = citizen.submit(form=STEP, follow=False)
    assert answer.status_code == 422
    for key in PAPERS:
        assert f"#f-{key}" in citizen.page.links()


@pytest.mark.req("SIN-56")
def test_a_statement_may_stand_in_for_a_missing_paper(citizen: CheckedClient, draft: str) -> None:
    for key in ("kartu-keluarga", "sptjm-kelahiran", "sptjm-pasangan", "formulir"):
        upload(citizen, draft, key)
    citizen.get(f"/permohonan/{draft}/{STEP}")
    assert citizen.submit(form=STEP, follow=False).headers["Location"].endswith("/langkah/kirim")
    assert send(citizen, draft).status_code == 303


@pytest.mark.req("SIN-70")
@pytest.mark.req("SIN-63")
def test_after_sending_nothing_is_added_or_removed(citizen: CheckedClient) -> None:
    code = filled_draft(citizen)
    citizen.get(f"/permohonan/{code}/{STEP}")
    removal = citizen.page.form("/hapus")
    citizen.get(f"/permohonan/{code}/data-dukung/ktp")
    addition = citizen.page.form("/baru" if citizen.page.has_form("/baru") else "/lama")
    send(citizen, code)
    assert citizen.post(removal.action, data=removal.values).status_code == 409
    added = citizen.post(
        f"/permohonan/{code}/data-dukung/ktp/baru",
        data={**addition.values, "dated_on": "2026-11-20", "sheet": "1", "note": "",
              "file": (io.BytesIO(files.photo()), "ktp.jpg")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert added.status_code == 409
    assert citizen.get(f"/permohonan/{code}/data-dukung/ktp").status_code == 303


def test_in_a_revision_only_the_noted_document_changes(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    return_with_notes(code, ("document:kartu-keluarga", "Foto KK buram."))
    page = citizen.get(f"/permohonan/{code}/{STEP}")
    assert "Foto KK buram." in page.text
    assert page.text.count("Tambah Dokumen") == 1
    assert upload(citizen, code, "formulir", files.noisy_png()).status_code == 409
    assert upload(citizen, code, "kartu-keluarga", files.noisy_png()).status_code == 303
    assert "Sudah dijawab" in citizen.get(f"/permohonan/{code}").text


def test_an_upload_stays_unclaimed_until_it_is_used(citizen: CheckedClient, draft: str) -> None:
    upload(citizen, draft, "formulir", sheet="0")
    file = db.session.scalar(select(StoredFile))
    assert file is not None
    assert file.claimed_at is None
    citizen.submit({"sheet": "1"}, form="unggah", follow=False)
    db.session.remove()
    claimed = db.session.scalar(select(StoredFile.claimed_at))
    assert claimed is not None


def test_too_many_files_for_one_document_are_refused(citizen: CheckedClient, draft: str) -> None:
    from portal.operations import supporting_documents

    limit = supporting_documents.MOST_FILES
    for number in range(limit):
        assert upload(citizen, draft, "ktp", files.photo((300 + number, 200))).status_code == 303
    refused = upload(citizen, draft, "ktp", files.photo((900, 200)))
    assert refused.status_code == 422
    assert "Paling banyak 10 file" in refused.text
