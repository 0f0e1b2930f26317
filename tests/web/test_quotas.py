"""Who sends very much is asked to wait, told for how long, and loses nothing of what was typed."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import ChatMessage, StoredFile
from portal.operations import quotas, throttle
from tests.client import CheckedClient
from tests.web.applying import begin, fill, issue, sent_application, upload
from tests.web.conftest import MONDAY


@pytest.fixture(autouse=True)
def _nothing_counted(site: Flask) -> None:
    throttle.forget_memory()


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def draft(citizen: CheckedClient) -> str:
    """A draft in which documents can be given."""
    code = begin(citizen)
    fill(citizen, code, "detail")
    return code


def test_the_days_files_end_with_words_and_everything_else_is_kept(
    citizen: CheckedClient, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "UPLOADS_A_DAY", 2)
    for sheet in ("1", "2"):
        upload(citizen, draft, "ktp", b"bukan gambar", sheet=sheet)
    refused = upload(citizen, draft, "formulir", sheet="3", note="halaman depan", dated_on="2026-11-02")
    assert refused.status_code == 429
    words = citizen.page.words()
    assert "file dikirim dari akun ini" in words
    assert "Lanjutkan besok" in words
    kept = citizen.page.form("unggah").values
    assert (kept["sheet"], kept["note"], kept["dated_on"]) == ("3", "halaman depan", "2026-11-02")
    assert count(StoredFile) == 0
    with clock.frozen(MONDAY + timedelta(days=1)):
        throttled = quotas.take_upload(1)
    assert throttled is None


def test_files_of_one_account_use_up_nothing_of_anothers(
    citizen: CheckedClient, other_citizen: CheckedClient, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "UPLOADS_A_DAY", 1)
    assert upload(citizen, draft, "formulir").status_code == 303
    assert upload(citizen, draft, "ktp").status_code == 429
    theirs = begin(other_citizen)
    fill(other_citizen, theirs, "detail")
    assert upload(other_citizen, theirs, "formulir").status_code == 303


def test_too_many_messages_in_a_minute_wait_with_their_text(
    citizen: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "LINES_A_MINUTE", 2)
    code = sent_application(citizen)
    for text in ("satu", "dua"):
        citizen.get(f"/permohonan/{code}")
        citizen.submit({"text": text}, form="/obrolan")
    citizen.get(f"/permohonan/{code}")
    refused = citizen.submit({"text": "tiga kali sehari"}, form="/obrolan", follow=False)
    assert refused.status_code == 429
    assert "Tunggu 60 detik" in citizen.page.words()
    assert citizen.page.form("/obrolan").values["text"].strip() == "tiga kali sehari"
    assert count(ChatMessage) == 2
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        assert citizen.submit(form="/obrolan", follow=False).status_code == 303
    assert count(ChatMessage) == 3


def test_an_officer_who_writes_very_fast_waits_too(
    citizen: CheckedClient, verifier: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "LINES_A_MINUTE", 1)
    address = f"/petugas/permohonan/{sent_application(citizen)}/percakapan"
    verifier.get(address)
    assert verifier.submit({"text": "satu"}, form="/percakapan").status_code == 200
    verifier.get(address)
    refused = verifier.submit({"text": "dua"}, form="/percakapan")
    assert refused.status_code == 429
    assert "Tunggu 60 detik" in verifier.page.words()
    assert "dua" in refused.text


def test_a_network_that_checks_file_after_file_waits_and_the_page_still_answers(
    citizen: CheckedClient, visitor: CheckedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "CHECKS_A_MINUTE", 1)
    address = f"/verifikasi/{issue(sent_application(citizen)).verification_code}"
    statuses = []
    for _ in range(2):
        visitor.get(address)
        answer = visitor.submit({"berkas": (io.BytesIO(b"%PDF-1.7 x"), "akta.pdf")}, form="/verifikasi/")
        statuses.append(answer.status_code)
    assert statuses == [200, 429]
    assert "Tunggu 60 detik, lalu pilih filenya lagi" in visitor.page.words()
    assert "asli dan berlaku" in visitor.page.words()
    assert visitor.get(address).status_code == 200
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        visitor.get(address)
        assert visitor.submit({"berkas": (io.BytesIO(b"%PDF-1.7 x"), "x.pdf")}, form="/verifikasi/").status_code == 200


def test_the_limits_are_loose_for_a_family_and_a_village_office() -> None:
    assert quotas.UPLOADS_A_DAY >= 200
    assert quotas.LINES_A_MINUTE >= 10
    assert quotas.CHECKS_A_MINUTE >= 30
