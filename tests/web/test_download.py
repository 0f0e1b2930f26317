"""Dokumen TTE: one download, resumable, for a week, opened again by the verifier (SIN-76 to SIN-80)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import DownloadGrant, IssuedDocument
from tests.client import CheckedClient
from tests.people import application, log_in_citizen
from tests.web.applying import decide, issue, sent_application
from tests.web.conftest import MONDAY, Citizen


@pytest.fixture
def paper(citizen: CheckedClient) -> str:
    """The address of an issued paper."""
    code = sent_application(citizen)
    return f"/permohonan/{code}/dokumen/{issue(code).verification_code}"


def _taken() -> int:
    return db.session.scalar(select(IssuedDocument.grants_taken)) or 0


def _take(client: CheckedClient, paper: str) -> None:
    client.get(paper)
    answer = client.submit(form=paper, follow=False)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{paper}/berkas"


@pytest.mark.req("SIN-76")
def test_the_link_is_there_only_when_the_paper_was_issued(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    assert "/dokumen/" not in citizen.get(f"/permohonan/{code}").text
    document = issue(code)
    page = citizen.get(f"/permohonan/{code}")
    assert "Sudah Terbit TTE" in page.text
    assert "Pilihan Dokumen Jadi" in page.text
    assert "Dokumen TTE" in page.text
    assert f"/permohonan/{code}/dokumen/{document.verification_code}" in citizen.page.links()


@pytest.mark.req("SIN-77")
def test_a_paper_is_downloaded_once(citizen: CheckedClient, paper: str) -> None:
    _take(citizen, paper)
    first = citizen.get(f"{paper}/berkas")
    assert first.data.startswith(b"%PDF")
    assert "attachment" in first.headers["Content-Disposition"]
    with clock.frozen(MONDAY + timedelta(minutes=29)):
        page = citizen.get(paper)
        assert "Ambil file" in page.text
    late = MONDAY + timedelta(minutes=30)
    with clock.frozen(late):
        page = citizen.get(paper)
        assert "hanya bisa di download 1 (satu) kali" in page.text
        token = citizen.page.form("/minta").values["csrf_token"]
        again = citizen.post(paper, data={"csrf_token": token})
        assert again.status_code == 409
        assert citizen.get(f"{paper}/berkas").status_code == 303
    assert _taken() == 1


@pytest.mark.req("SIN-77")
def test_two_presses_are_one_grant(citizen: CheckedClient, paper: str) -> None:
    citizen.get(paper)
    form = citizen.page.form(paper)
    answers = [citizen.post(paper, data=form.values) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert _taken() == 1
    assert db.session.scalar(select(func.count()).select_from(DownloadGrant)) == 1


def test_looking_fetching_without_a_grant_and_head_take_nothing(citizen: CheckedClient, paper: str) -> None:
    citizen.get(paper)
    citizen.head(paper)
    assert citizen.head(f"{paper}/berkas").status_code == 303
    assert citizen.get(f"{paper}/berkas").headers["Location"] == paper
    assert _taken() == 0


def test_a_broken_connection_resumes_the_same_bytes(citizen: CheckedClient, paper: str) -> None:
    _take(citizen, paper)
    whole = citizen.get(f"{paper}/berkas")
    etag, size = whole.headers["ETag"], len(whole.data)
    cut = int(size * 0.8)
    rest = citizen.get(f"{paper}/berkas", headers={"Range": f"bytes={cut}-", "If-Range": etag})
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == f"bytes {cut}-{size - 1}/{size}"
    assert whole.data[:cut] + rest.data == whole.data
    other = citizen.get(f"{paper}/berkas", headers={"Range": f"bytes={cut}-", "If-Range": '"another"'})
    assert (other.status_code, other.data) == (200, whole.data)
    beyond = citizen.get(f"{paper}/berkas", headers={"Range": f"bytes={size}-"})
    assert beyond.status_code == 416
    head = citizen.head(f"{paper}/berkas")
    assert (head.headers["Content-Length"], head.data) == (str(size), b"")
    assert _taken() == 1


@pytest.mark.req("SIN-78")
def test_after_one_week_it_cannot_be_downloaded(citizen: CheckedClient, siti: Citizen, paper: str) -> None:
    week = MONDAY + timedelta(days=7)
    with clock.frozen(week):
        client = log_in_citizen(citizen, siti.account_id)
        page = client.get(paper)
        assert "tidak di download dalam waktu 1 minggu" in page.text
        token = client.page.form("/minta").values["csrf_token"]
        assert client.post(paper, data={"csrf_token": token}).status_code == 409
    with clock.frozen(week - timedelta(seconds=1)):
        client = log_in_citizen(citizen, siti.account_id)
        _take(client, paper)
    assert _taken() == 1


@pytest.mark.req("SIN-79")
def test_the_verifier_is_asked_in_the_talk_and_opens_exactly_one_more(
    citizen: CheckedClient, siti: Citizen, paper: str
) -> None:
    code = paper.split("/")[2]
    _take(citizen, paper)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        client = log_in_citizen(citizen, siti.account_id)
        client.get(paper)
        client.submit(form="/minta")
        client.get(paper)
        page = client.submit(form="/minta")
        assert page.text.count("Mohon buka lagi Dokumen TTE") == 1
        decide(code, "reopen", reason="File hilang.")
        _take(client, paper)
        assert client.get(f"{paper}/berkas").data.startswith(b"%PDF")
    with clock.frozen(MONDAY + timedelta(hours=2)):
        client = log_in_citizen(citizen, siti.account_id)
        page = client.get(paper)
        assert "hanya bisa di download 1 (satu) kali" in page.text
    assert _taken() == 2


@pytest.mark.req("SIN-80")
def test_the_terms_are_shown_before_the_download(citizen: CheckedClient, paper: str) -> None:
    words = citizen.get(paper).text
    assert "harap disimpan dengan aman dan jangan diberikan ke pihak yang tidak berkepentingan" in words
    assert "dapat dicetak ke kertas HVS 80 gram ukuran A4" in words


def test_a_foreign_paper_is_not_found(citizen: CheckedClient, other_citizen: CheckedClient, paper: str) -> None:
    _take(citizen, paper)
    assert other_citizen.get(paper).status_code == 404
    assert other_citizen.get(f"{paper}/berkas").status_code == 404
    other_citizen.get("/permohonan")
    token = other_citizen.page.form("keluar").values["csrf_token"]
    assert other_citizen.post(paper, data={"csrf_token": token}).status_code == 404


def test_a_revoked_paper_is_gone_even_under_a_running_grant(citizen: CheckedClient, paper: str) -> None:
    _take(citizen, paper)
    decide(paper.split("/")[2], "revoke", "signer", reason="Salah tanggal lahir.")
    assert citizen.get(f"{paper}/berkas").headers["Location"] == paper
    assert citizen.get(paper).status_code == 404
    assert application(paper.split("/")[2]).state == "revoked"
