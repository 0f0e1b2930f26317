"""Sending: the review, the consent, the proof, and what follows when it was refused (SIN-66 to SIN-70)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from portal import clock, queue
from portal.extensions import db
from portal.models import ConsentRecord, Event, Submission
from portal.queries.answers import answers_of
from portal.queries.catalogue import catalogue
from tests.client import CheckedClient
from tests.people import AGENCY, application
from tests.web.applying import (
    begin,
    decide,
    fill,
    filled_draft,
    return_with_notes,
    send,
    sent_application,
    upload,
)
from tests.web.conftest import MONDAY


def _count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.req("SIN-66")
def test_the_kind_of_paper_is_automatic_unless_chosen(citizen: CheckedClient) -> None:
    code = filled_draft(citizen)
    page = citizen.get(f"/permohonan/{code}/langkah/kirim")
    assert "Pilihan Dokumen Jadi" in page.text
    assert citizen.page.form("kirim").values["paper"] == "auto"
    send(citizen, code)
    assert answers_of(application(code).id)["kirim"] == {"paper": "auto"}


@pytest.mark.req("SIN-67")
def test_without_the_tick_nothing_is_sent_and_the_choice_is_kept(citizen: CheckedClient) -> None:
    code = filled_draft(citizen)
    citizen.get(f"/permohonan/{code}/langkah/kirim")
    answer = citizen.submit({"paper": "office"}, form="kirim", follow=False)
    assert answer.status_code == 422
    assert "#f-consent" in citizen.page.links()
    assert citizen.page.form("kirim").values["paper"] == "office"
    assert application(code).state == "draft"


@pytest.mark.req("SIN-68")
@pytest.mark.req("XCT-06")
def test_sending_goes_to_the_verifier_with_consent_version_and_time(
    citizen: CheckedClient,
) -> None:
    code = sent_application(citizen)
    page = citizen.get(f"/permohonan/{code}")
    assert "Pengajuan Dikirim" in page.text
    given = db.session.scalar(select(ConsentRecord).where(ConsentRecord.application_id == application(code).id))
    assert given is not None
    consent = catalogue().agency(AGENCY).consents["persetujuan-layanan"]
    assert (given.version, given.given_at) == (consent.version, MONDAY)


def test_the_proof_tells_code_time_who_until_when_and_where_to_ask(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    page = citizen.get(f"/permohonan/{code}/bukti")
    words = citizen.page.words()
    for told in (
        "Bukti Pengiriman",
        code,
        "23 Nov 2026 pukul 09.00 WIB",
        "Verifikator Dinas",
        "24 November 2026",
        "DEWI ANGGRAINI",
        "Kartu Keluarga",
        "0852-9349-9722",
    ):
        assert told in words, told
    assert "9901014508900001" not in page.text
    assert re.search(rf'class="big">{code}<', page.text)


def test_pressing_twice_shows_the_same_proof_and_sends_once(citizen: CheckedClient) -> None:
    code = filled_draft(citizen)
    citizen.get(f"/permohonan/{code}/langkah/kirim")
    form = citizen.page.form("kirim")
    version = catalogue().agency(AGENCY).consents["persetujuan-layanan"].version
    data = {**form.values, "consent": version}
    answers = [citizen.post(form.action, data=data) for _ in range(3)]
    assert {(a.status_code, a.headers["Location"]) for a in answers} == {(303, f"/permohonan/{code}/bukti")}
    assert _count(Submission) == 1
    sends = select(func.count()).where(Event.action == "send")
    assert db.session.scalar(sends) == 1


def test_the_proof_as_pdf_is_made_by_a_job_and_waits_on_a_page(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    waiting = citizen.get(f"/permohonan/{code}/bukti.pdf")
    assert waiting.status_code == 202
    assert "PDF sedang dibuat" in waiting.text
    for task in queue.collected_tasks():
        if task.name == queue.JobName.MAKE_RECEIPT:
            from portal.jobs import run_job

            run_job(task.name, task.id)
    made = citizen.get(f"/permohonan/{code}/bukti.pdf")
    assert made.mimetype == "application/pdf"
    assert made.data.startswith(b"%PDF")
    assert "attachment" in made.headers["Content-Disposition"]


@pytest.mark.req("SIN-69")
def test_what_is_missing_is_listed_with_links_and_nothing_is_sent(citizen: CheckedClient) -> None:
    code = filled_draft(citizen)
    citizen.get(f"/permohonan/{code}/langkah/kirim")
    form = citizen.page.form("kirim")
    citizen.get(f"/permohonan/{code}/langkah/data-dukung")
    citizen.submit(form="/data-dukung/kartu-keluarga")
    version = catalogue().agency(AGENCY).consents["persetujuan-layanan"].version
    answer = citizen.post(form.action, data={**form.values, "consent": version})
    assert answer.status_code == 422
    assert "Unggah Kartu Keluarga" in answer.text
    assert f"/permohonan/{code}/langkah/data-dukung#f-kartu-keluarga" in citizen.page.links()
    assert application(code).state == "draft"
    assert _count(Submission) == 0


def test_a_consent_text_that_changed_meanwhile_is_asked_again(citizen: CheckedClient) -> None:
    code = filled_draft(citizen)
    answer = send(citizen, code, consent="2020-01-01")
    assert answer.status_code == 422
    assert application(code).state == "draft"


def test_a_mended_application_is_sent_again_as_its_second_round(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    return_with_notes(code, ("field:mother_name", "Nama ibu belum sesuai."))
    too_early = send(citizen, code)
    assert too_early.status_code == 422
    assert "Jawab dulu catatan petugas" in too_early.text
    fill(citizen, code, "orang-tua", mother_name="SITI AMINAH BINTI ALI")
    assert send(citizen, code).status_code == 303
    assert (application(code).state, application(code).round) == ("sent", 2)
    assert _count(Submission) == 2


def test_withdrawing_asks_first_and_an_old_page_is_told_what_happened(
    citizen: CheckedClient,
) -> None:
    code = sent_application(citizen)
    page = citizen.get(f"/permohonan/{code}/tindakan/withdraw")
    assert "Tarik pengajuan ini?" in page.text
    form = citizen.page.form("/tindakan/withdraw")
    decide(code, "take")
    old = citizen.post(form.action, data=form.values)
    assert old.status_code == 409
    assert "Sudah ditangani oleh Vera Verifikator" in old.text
    citizen.get(f"/permohonan/{code}/tindakan/withdraw")
    done = citizen.submit(form="/tindakan/withdraw")
    assert "Ditarik" in done.text
    assert application(code).state == "withdrawn"


def test_only_the_buttons_that_the_workflow_opens_are_shown(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    actions = [link for link in citizen.page.links() if "/tindakan/" in link]
    assert actions == [f"/permohonan/{code}/tindakan/withdraw"]
    token = citizen.page.form("keluar").values["csrf_token"]
    for action, status in (("approve", 403), ("send", 404), ("nothing", 404), ("object", 409)):
        answer = citizen.post(
            f"/permohonan/{code}/tindakan/{action}",
            data={"csrf_token": token, "version": str(application(code).version), "reason": "karena"},
        )
        assert answer.status_code == status, action


def test_a_refused_application_tells_why_and_begins_again_with_everything_kept(
    citizen: CheckedClient,
) -> None:
    code = sent_application(citizen)
    decide(code, "take")
    decide(code, "refuse", reason="Nomor KK tidak sesuai dengan data kependudukan.")
    page = citizen.get(f"/permohonan/{code}")
    assert "Nomor KK tidak sesuai dengan data kependudukan." in page.text
    citizen.get(f"/permohonan/{code}/tindakan/resubmit")
    citizen.submit(form="/tindakan/resubmit")
    assert "DEWI ANGGRAINI" in citizen.get(f"/permohonan/{code}/langkah/detail").text
    assert "Sudah ada" in citizen.get(f"/permohonan/{code}/langkah/data-dukung").text
    assert send(citizen, code).status_code == 303


def test_an_objection_needs_a_reason_and_is_heard_once(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    decide(code, "take")
    decide(code, "refuse", reason="Nomor KK tidak sesuai.")
    citizen.get(f"/permohonan/{code}/tindakan/object")
    short = citizen.submit({"reason": ""}, form="/tindakan/object", follow=False)
    assert short.status_code == 422
    page = citizen.submit({"reason": "Nomor KK saya sudah benar."}, form="/tindakan/object")
    assert "Keberatan Diperiksa" in page.text
    decide(code, "uphold", "supervisor", reason="Data kependudukan tetap berbeda.")
    citizen.get(f"/permohonan/{code}/tindakan/object")
    again = citizen.submit({"reason": "Masih keberatan."}, form="/tindakan/object", follow=False)
    assert again.status_code == 422
    assert "satu kali" in again.text


def test_reasons_among_officers_are_not_shown_to_the_applicant(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    decide(code, "take")
    decide(code, "reassign", "supervisor", reason="Vera sedang cuti.")
    assert "Vera" not in citizen.get(f"/permohonan/{code}").text


def test_progress_is_polled_while_something_may_come_and_costs_nothing_meanwhile(
    citizen: CheckedClient,
) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    address = re.search(r'hx-get="(/permohonan/[^"]+/kemajuan\?versi=\d+)"', citizen.page.text)
    assert address is not None
    quiet = citizen.get(address[1], headers={"HX-Request": "true"})
    assert (quiet.status_code, quiet.data) == (204, b"")
    decide(code, "take")
    news = citizen.get(address[1], headers={"HX-Request": "true"})
    assert "Diproses" in news.text
    decide(code, "refuse", reason="Nomor KK tidak sesuai.")
    final = citizen.get(address[1], headers={"HX-Request": "true"})
    assert "Ditolak" in final.text
    assert "hx-trigger" not in final.text


def test_an_answer_is_due_in_working_days(citizen: CheckedClient) -> None:
    friday = MONDAY.replace(day=27)
    code = filled_draft(citizen)
    with clock.frozen(friday):
        from tests.people import log_in_citizen

        client = log_in_citizen(citizen, application(code).account_id)
        send(client, code)
    assert application(code).due_on.isoformat() == "2026-11-30"


def test_a_draft_that_was_only_begun_cannot_be_sent_directly(citizen: CheckedClient) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail")
    upload(citizen, code, "formulir")
    citizen.get("/permohonan")
    token = citizen.page.form("keluar").values["csrf_token"]
    answer = citizen.post(
        f"/permohonan/{code}/langkah/kirim",
        data={"csrf_token": token, "consent": "x", "paper": "auto", "version": "0", "saved": "0"},
    )
    assert answer.status_code == 422
    assert application(code).state == "draft"
