"""What may still happen: withdraw, apply again, object, report a mistake, replace and revoke."""

from __future__ import annotations

import pytest

from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.journeys import applying, desk
from tests.journeys.applying import page
from tests.people import application

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
