"""What may still happen: withdraw, apply again, object, report a mistake, replace and revoke."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal import clock
from portal.jobs.upkeep import expire_timers
from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.journeys import applying, desk, outbox
from tests.journeys.applying import page
from tests.people import application, log_in_citizen, log_in_officer
from tests.web.conftest import MONDAY

REASON = "Nama di surat kelahiran berbeda dari KK."


def do(client: CheckedClient, code: str, action: str, **fields: str) -> None:
    """The citizen follows a button of the application, and confirms."""
    client.get(page(code))
    assert client.page is not None
    client.get(client.page.link(f"/tindakan/{action}"))
    assert client.submit(fields, form=f"/tindakan/{action}").status_code == 200


def state_shown(client: CheckedClient, code: str, label: str) -> bool:
    """Whether the application's page says so."""
    client.get(page(code))
    assert client.page is not None
    return label in client.page.words()


def test_a_withdrawn_application_is_mended_and_sent_again(
    citizen: CheckedClient, verifier: CheckedClient, taken: str
) -> None:
    do(citizen, taken, "withdraw")
    assert state_shown(citizen, taken, "Ditarik")
    verifier.get(desk.path(taken))
    assert not verifier.page.has_form("/tindakan/")
    do(citizen, taken, "resubmit")
    applying.fill_step(citizen, taken, "detail", baby_name="DEWI ANGGRAINI PUTRI")
    applying.send(citizen, taken)
    found = application(taken)
    assert (found.state, found.round) == ("sent", 2)


@pytest.mark.req("SIN-84")
def test_who_is_refused_reads_why_and_applies_again(
    citizen: CheckedClient, verifier: CheckedClient, taken: str
) -> None:
    assert desk.act(verifier, taken, "refuse", reason="").status_code == 422
    desk.act(verifier, taken, "refuse", reason=REASON)
    assert state_shown(citizen, taken, REASON)
    do(citizen, taken, "resubmit")
    applying.send(citizen, taken)
    assert application(taken).state == "sent"


def test_an_objection_is_judged_by_a_supervisor_who_was_not_involved(
    citizen: CheckedClient, verifier: CheckedClient, officer, taken: str
) -> None:
    desk.act(verifier, taken, "refuse", reason=REASON)
    do(citizen, taken, "object", reason="Surat kelahiran sudah dibetulkan bidan.")
    assert state_shown(citizen, taken, "Keberatan Diperiksa")
    supervisor = officer("supervisor")
    supervisor.get(desk.path(taken, "/riwayat"))
    assert "Surat kelahiran sudah dibetulkan bidan." in supervisor.page.words()
    desk.act(supervisor, taken, "uphold", reason="Surat belum bercap.")
    assert state_shown(citizen, taken, "Surat belum bercap.")
    citizen.get(page(taken))
    assert not any("/tindakan/object" in link for link in citizen.page.links()), "once only"


def test_an_objection_that_is_granted_is_checked_again(
    citizen: CheckedClient, verifier: CheckedClient, officer, taken: str
) -> None:
    desk.act(verifier, taken, "refuse", reason=REASON)
    do(citizen, taken, "object", reason="Surat kelahiran sudah dibetulkan bidan.")
    supervisor = officer("supervisor")
    assert desk.act(supervisor, taken, "grant", reason="").status_code == 422
    desk.act(supervisor, taken, "grant", reason="Surat yang baru memang benar.")
    assert state_shown(citizen, taken, "Pengajuan Dikirim")
    run_pending_jobs()
    assert outbox.path_in(outbox.messages("keputusan-keberatan")[0]) == page(taken)
    desk.act(verifier, taken, "take")
    desk.act(verifier, taken, "approve")
    assert application(taken).state == "signing"


def test_who_refused_cannot_judge_the_objection(
    citizen: CheckedClient, verifier: CheckedClient, officer, taken: str
) -> None:
    desk.act(verifier, taken, "refuse", reason=REASON)
    do(citizen, taken, "object", reason="Surat kelahiran sudah dibetulkan bidan.")
    verifier.get(desk.path(taken))
    assert not verifier.page.has_form("/tindakan/")
    token = verifier.page.form("keluar").values["csrf_token"]
    data = {"csrf_token": token, "version": str(application(taken).version), "reason": "Diterima saja."}
    assert verifier.post(desk.path(taken, "/tindakan/grant"), data=data).status_code in (403, 404)
    assert application(taken).state == "objection"


def test_a_report_about_a_right_paper_leaves_it_valid(
    citizen: CheckedClient, signer: CheckedClient, visitor: CheckedClient, issued: str
) -> None:
    citizen.get(page(issued))
    address = citizen.page.link("/dokumen/")
    do(citizen, issued, "report", reason="Nama ibu salah satu huruf.")
    assert desk.act(signer, issued, "keep", reason="").status_code == 422
    desk.act(signer, issued, "keep", reason="Sudah sama dengan KK.")
    assert state_shown(citizen, issued, "Sudah Terbit TTE")
    assert state_shown(citizen, issued, "Sudah sama dengan KK.")
    visitor.get(f"/verifikasi/{address.rpartition('/')[2]}")
    assert "asli dan berlaku" in visitor.page.words()
    citizen.get(address)
    assert citizen.submit(form="/dokumen/").mimetype == "application/pdf"


def test_what_is_not_mended_is_reminded_of_twice_and_closed_after_thirty_days(
    citizen: CheckedClient, verifier: CheckedClient, taken: str
) -> None:
    account_id = application(taken).account_id
    desk.note(verifier, taken, "document:kartu-keluarga", "Fotonya buram.")
    desk.act(verifier, taken, "return")
    told = []
    for day in range(1, 31):
        with clock.frozen(MONDAY + timedelta(days=day)):
            expire_timers()
            run_pending_jobs()
            told.append(len(outbox.messages("pengingat-perbaikan")))
    assert [told.index(1) + 1, told.index(2) + 1, told[-1]] == [16, 27, 2], "14 and 3 days before the end"
    reminder = outbox.messages("pengingat-perbaikan")[0]
    assert "23 Desember 2026" in reminder
    with clock.frozen(MONDAY + timedelta(days=30, minutes=1)):
        log_in_citizen(citizen, account_id)
        citizen.get(outbox.path_in(reminder))
        assert "Ditarik" in citizen.page.words()
        assert len(outbox.messages("ditutup")) == 1
        log_in_officer(verifier, "verifier")
        verifier.get(desk.path(taken, "/riwayat"))
        assert "Ditutup karena tidak diperbaiki" in verifier.page.words()
        do(citizen, taken, "resubmit")
        applying.upload(citizen, taken, "kartu-keluarga", photo((900, 700)), "terang.jpg")
        assert applying.send(citizen, taken).request.path == page(taken, "/bukti")


def test_a_reported_mistake_leads_to_a_new_paper_and_the_old_one_says_so(
    citizen: CheckedClient, verifier: CheckedClient, signer: CheckedClient, visitor: CheckedClient, issued: str
) -> None:
    citizen.get(page(issued))
    old = citizen.page.link("/dokumen/").rpartition("/")[2]
    do(citizen, issued, "report", reason="Nama ibu salah satu huruf.")
    assert state_shown(citizen, issued, "Kesalahan Dilaporkan")
    desk.act(signer, issued, "replace", reason="Benar, salah ketik.")
    visitor.get(f"/verifikasi/{old}")
    assert "Dokumen ini sudah diganti" in visitor.page.words()
    for action in ("take", "approve"):
        desk.act(verifier, issued, action)
    run_pending_jobs()
    desk.sign_all(signer)
    citizen.get(page(issued))
    fresh = citizen.page.link("/dokumen/").rpartition("/")[2]
    assert fresh != old
    visitor.get(f"/verifikasi/{fresh}")
    assert "asli dan berlaku" in visitor.page.words()


def test_a_revoked_paper_is_shown_as_such_and_cannot_be_downloaded(
    citizen: CheckedClient, signer: CheckedClient, visitor: CheckedClient, issued: str
) -> None:
    citizen.get(page(issued))
    address = citizen.page.link("/dokumen/")
    desk.act(signer, issued, "revoke", reason="Data ternyata keliru.")
    assert state_shown(citizen, issued, "Dicabut")
    assert state_shown(citizen, issued, "Data ternyata keliru.")
    token = citizen.page.form("/keluar").values["csrf_token"]
    assert citizen.post(address, data={"csrf_token": token}).status_code in (404, 409)
    visitor.get(f"/verifikasi/{address.rpartition('/')[2]}")
    assert "sudah dicabut" in visitor.page.words()
