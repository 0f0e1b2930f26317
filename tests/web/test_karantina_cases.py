"""What officers do with one registration: read it, approve or refuse it, make, send, block and open its account."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Application, Enrolment, Event, LoginName, Reading, SupportingDocument
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.web.test_karantina_desk import KNOWN, WAITING, listed
from tests.web.traders import JATENG, JATIM, TEGAL, act, apply_for, move_below, officer_of, state_of

MAIL = "maju@example.com"
REASON = "Dokumen NPWP tidak terbaca."


def path(code: str, rest: str = "") -> str:
    return f"/petugas/permohonan/{code}{rest}"


def press(client: CheckedClient, code: str, action: str, **fields: str) -> str:
    """Open an act's page from the case and press its confirming button; what the reader then sees."""
    client.get(path(code))
    client.get(client.page.link(f"/tindakan/{action}"))
    return client.submit(fields, form=f"/tindakan/{action}").text


def mails(template: str) -> list[str]:
    return outbox.messages(template, channel="email", to=MAIL)


@pytest.fixture
def jateng(site: Flask) -> CheckedClient:
    """An officer of the office of Central Java."""
    return officer_of(site, "verifier", JATENG)


@pytest.fixture
def central(site: Flask) -> CheckedClient:
    """An officer of the central office."""
    return officer_of(site, "central")


@pytest.mark.req("KAR-15", "KAR-16", "KAR-28")
def test_the_row_opens_every_block_and_the_documents(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(importing="bulog", with_papers=True)
    jateng.get(WAITING)
    page = jateng.get(jateng.page.link(path(code)))
    blocks = ("Data Pemohon", "Alamat", "Penandatangan", "Kontak Person", "Kegiatan Usaha", "Sarana")
    titles = re.findall(r"<h2[^>]*>([^<]+)</h2>", page.text)
    assert set(blocks) <= set(titles), titles
    for word in ("BUDI SANTOSO", "Direktur", "SITI AMINAH", "BULOG", "Gudang dingin di Tegal", "Jalan Kapal 3"):
        assert word in page.text
    viewer = re.search(r'<iframe src="([^"]+)"', page.text)
    assert viewer
    paper = jateng.get(viewer[1])
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF")
    act(code, "approve")
    jateng.get(KNOWN)
    assert jateng.get(jateng.page.link(path(code))).status_code == 200


@pytest.mark.req("KAR-17", "KAR-18", "KAR-19", "KAR-23")
def test_approval_is_asked_twice_and_mailed_once(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    jateng.get(path(code))
    assert jateng.page.link("/tindakan/refuse")
    page = jateng.get(jateng.page.link("/tindakan/approve"))
    assert "Apa Anda Yakin?" in page.text
    assert "Ya, Terima" in page.text
    assert state_of(code) == "sent", "nothing happened yet"
    jateng.submit(form="/tindakan/approve")
    assert state_of(code) == "approved"
    assert listed(jateng, WAITING) == set()
    assert listed(jateng, KNOWN) == {code}
    assert len(mails("registrasi-disetujui")) == 1


@pytest.mark.req("KAR-22")
def test_approval_from_the_row_has_the_same_confirmation_and_leads_back(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    jateng.get(WAITING)
    page = jateng.get(jateng.page.link("/tindakan/approve"))
    assert "Ya, Terima" in page.text
    assert state_of(code) == "sent"
    assert re.search(rf'href="{WAITING}"[^>]*>Batal', page.text)
    done = jateng.submit(form="/tindakan/approve")
    assert done.request.path == WAITING
    assert code not in str(re.findall(r"<tr data-row.*", done.text))
    assert state_of(code) == "approved"
    assert len(mails("registrasi-disetujui")) == 1


def test_an_act_leads_back_to_no_address_that_somebody_made_up(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for()
    page = jateng.get(path(code, "/tindakan/approve?kembali=https://jahat.example"))
    assert "jahat" not in page.text
    assert jateng.submit(form="/tindakan/approve").request.path == path(code)


@pytest.mark.req("KAR-20", "KAR-21", "KAR-24")
def test_a_refusal_demands_a_reason_which_the_applicant_reads(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    jateng.get(path(code))
    page = jateng.get(jateng.page.link("/tindakan/refuse"))
    assert "Submit" in page.text
    close = re.search(r'href="([^"]+)"[^>]*>Close', page.text)
    assert close
    jateng.get(close[1])
    assert state_of(code) == "sent"
    for reason in ("", "     ", "\u200b\u200b\u200b\u200b\u200b\u200b", "..."):
        jateng.get(path(code, "/tindakan/refuse"))
        assert jateng.submit({"reason": reason}, form="/tindakan/refuse").status_code == 422, repr(reason)
        assert state_of(code) == "sent"
    press(jateng, code, "refuse", reason=REASON)
    assert state_of(code) == "refused"
    assert len(mails("pendaftaran-ditolak")) == 1
    assert REASON in mails("pendaftaran-ditolak")[0]
    assert REASON in jateng.get(f"{WAITING}?status=refused").text
    assert REASON in jateng.get(path(code, "/riwayat")).text


@pytest.mark.req("KAR-25")
def test_the_second_officer_is_told_and_nothing_is_decided_again(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    slow = officer_of(site, "verifier", JATENG, second=True)
    jateng.get(path(code, "/tindakan/approve"))
    slow.get(path(code, "/tindakan/refuse"))
    jateng.submit(form="/tindakan/approve")
    late = slow.submit({"reason": REASON}, form="/tindakan/refuse")
    assert late.status_code == 409
    assert "Sudah ditangani" in late.text
    assert REASON in late.text, "what was typed is not lost"
    assert state_of(code) == "approved"
    assert mails("pendaftaran-ditolak") == []


@pytest.mark.req("KAR-29", "KAR-30", "KAR-31", "KAR-33")
def test_the_central_office_makes_one_account_and_may_send_it_again(
    site: Flask, jateng: CheckedClient, central: CheckedClient
) -> None:
    code = apply_for(email=MAIL)
    act(code, "approve")
    central.get(KNOWN)
    central.get(central.page.link(path(code)))
    page = central.get(central.page.link("/tindakan/create"))
    assert "Ingin membuat user barantin" in page.text
    assert "Ya, Buat" in page.text
    tidak = re.search(r'href="([^"]+)"[^>]*>Tidak', page.text)
    assert tidak
    central.get(tidak[1])
    names = select(func.count()).where(LoginName.agency == "karantina")
    assert db.session.scalar(names) == 0
    form = {"csrf_token": page.text.split('name="csrf_token" value="')[1].split('"')[0]}
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    for _ in range(2):
        pressed = central.post(path(code, "/tindakan/create"), data={**form, "version": version[1]})
        assert pressed.status_code == 303, "pressing twice shows the same result"
    db.session.remove()
    assert db.session.scalar(names) == 1
    assert len(mails("akun-dibuat")) == 1
    page = central.get(path(code)).text
    assert "/tindakan/create" not in page
    assert "Kirim username &amp; password" in page
    press(central, code, "resend")
    assert len(mails("akun-dibuat")) == 2
    db.session.remove()
    assert db.session.scalar(names) == 1
    assert state_of(code) == "registered"


@pytest.mark.req("KAR-34")
@pytest.mark.parametrize(
    ("role", "office", "may"),
    [
        ("verifier", JATENG, {"approve", "refuse", "block", "unblock"}),
        ("central", "", {"create", "resend"}),
        ("supervisor", "", set()),
        ("admin", "", None),
        ("dpo", "", None),
    ],
)
def test_approving_is_the_offices_right_and_making_accounts_the_central_ones(
    site: Flask, role: str, office: str, may: set[str] | None
) -> None:
    before = {
        "approve": (),
        "refuse": (),
        "create": ("approve",),
        "resend": ("approve", "create"),
        "block": ("approve", "create"),
        "unblock": ("approve", "create", "block"),
    }
    client = officer_of(site, role, office)
    client.get("/petugas/akun")
    token = client.page.form("keluar").values["csrf_token"]
    for action, acts in before.items():
        code = apply_for()
        act(code, *acts)
        state = state_of(code)
        page = client.get(path(code))
        assert page.status_code == (404 if may is None else 200)
        assert (f"/tindakan/{action}" in page.text) == (action in (may or ()))
        version = db.session.scalar(select(Application.version).where(Application.code == code))
        form = {"csrf_token": token, "version": str(version), "reason": REASON}
        done = client.post(path(code, f"/tindakan/{action}"), data=form)
        assert done.status_code == (303 if action in (may or ()) else 404), action
        moved = db.session.scalar(select(func.count()).where(Event.action == action, Event.actor_kind == "officer"))
        assert (state_of(code) != state) == (action in (may or ()) and action != "resend"), (action, moved)


@pytest.mark.req("KAR-35", "KAR-36", "KAR-38", "KAR-40")
def test_a_block_is_confirmed_has_its_reason_and_can_be_lifted(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    act(code, "approve", "create")
    jateng.get(path(code))
    assert "Block User" in jateng.page.words()
    page = jateng.get(jateng.page.link("/tindakan/block"))
    assert "BLOKIR" in page.text
    batal = re.search(r'href="([^"]+)"[^>]*>BATAL', page.text)
    assert batal
    jateng.get(batal[1])
    enrolment = select(Enrolment.state)
    assert db.session.scalar(enrolment) == "active"
    jateng.get(path(code, "/tindakan/block"))
    assert jateng.submit({"reason": " "}, form="/tindakan/block").status_code == 422
    press(jateng, code, "block", reason=REASON)
    db.session.remove()
    assert db.session.scalar(enrolment) == "blocked"
    assert REASON in mails("akun-diblokir")[0]
    assert REASON in jateng.get(path(code, "/riwayat")).text
    row = jateng.get(KNOWN).text
    assert '<td data-label="Blokir">Ya</td>' in row
    assert REASON in row
    page = jateng.get(path(code))
    assert "Aktifkan User" in page.text
    page = jateng.get(jateng.page.link("/tindakan/unblock"))
    assert "BUKA" in page.text
    jateng.submit({"reason": "Sudah diperbaiki."}, form="/tindakan/unblock")
    db.session.remove()
    assert db.session.scalar(enrolment) == "active"
    assert state_of(code) == "registered"


@pytest.mark.req("KAR-39")
def test_who_has_no_account_cannot_be_blocked_and_the_officer_reads_why(site: Flask, jateng: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    act(code, "approve")
    assert "User Belum dibuat" in press(jateng, code, "block", reason=REASON)
    assert state_of(code) == "approved"
    assert mails("akun-diblokir") == []


@pytest.mark.req("KAR-50")
def test_another_offices_record_does_not_exist_by_any_address(site: Flask, jateng: CheckedClient) -> None:
    other = officer_of(site, "verifier", JATIM)
    code = apply_for(JATENG, with_papers=True)
    file = db.session.scalars(select(SupportingDocument.code)).first()
    rest = ("", "/riwayat", "/catatan", "/percakapan", "/tindakan/approve", "/tindakan/refuse", "?nomor=tampil")
    for address in (*(path(code, one) for one in rest), f"/petugas/berkas/{file}", f"/petugas/berkas/{file}/kecil"):
        assert other.get(address).status_code == 404, address
    other.get("/petugas/akun")
    form = {"csrf_token": other.page.form("keluar").values["csrf_token"], "version": "1", "reason": REASON}
    for action in ("approve", "refuse", "create", "block"):
        assert other.post(path(code, f"/tindakan/{action}"), data=form).status_code == 404
    assert state_of(code) == "sent"
    name = "PT Maju"
    for address in (WAITING, KNOWN, f"{WAITING}?q={name}", f"{WAITING}?kantor={JATENG}", "/petugas/pendaftaran?q=PT"):
        assert listed(other, address) == set()
        assert name not in re.sub(r'value="[^"]*"', "", other.get(address).text)
    assert db.session.scalar(select(func.count()).select_from(Reading).where(Reading.detail == file)) == 0
    assert jateng.get(f"/petugas/berkas/{file}").status_code == 200


@pytest.mark.req("KAR-50")
def test_an_office_covers_those_below_it_but_not_the_other_way(site: Flask, jateng: CheckedClient) -> None:
    below = officer_of(site, "verifier", TEGAL)
    above_case, below_case = apply_for(), apply_for()
    move_below(below_case, TEGAL)
    assert listed(jateng, WAITING) == {above_case, below_case}
    assert listed(below, WAITING) == {below_case}
    assert below.get(path(above_case)).status_code == 404
    press(jateng, below_case, "approve")
    assert state_of(below_case) == "approved"


@pytest.mark.req("KAR-51")
def test_every_act_stands_in_the_log_with_who_and_when_and_its_reason_in_the_case(site: Flask) -> None:
    jateng, central = officer_of(site, "verifier", JATENG), officer_of(site, "central")
    refused, code = apply_for(), apply_for()
    press(jateng, refused, "refuse", reason=REASON)
    press(jateng, code, "approve")
    press(central, code, "create")
    press(central, code, "resend")
    press(jateng, code, "block", reason=REASON)
    press(jateng, code, "unblock", reason="Sudah diperbaiki.")
    supervisor = officer_of(site, "supervisor", JATENG)
    rows = re.findall(r"<tr data-row>(.*?)</tr>", supervisor.get("/petugas/catatan").text)
    told = [re.sub(r"<[^>]+>", "|", row) for row in rows]
    for label, who, change_of_state in (
        ("Tolak", "Karantina.Verifier.3300", "MENUNGGU → DITOLAK"),
        ("DISETUJUI", "Karantina.Verifier.3300", "MENUNGGU → DISETUJUI"),
        ("Create &amp; Send Account", "Karantina.Central.Semua", "DISETUJUI → DISETUJUI, akun dibuat"),
        ("Kirim username &amp; password", "Karantina.Central.Semua", ""),
        ("Block User", "Karantina.Verifier.3300", "→ Diblokir"),
        ("Aktifkan User", "Karantina.Verifier.3300", "Diblokir →"),
    ):
        found = [row for row in told if f"|{label}|" in row and who in row and change_of_state in row]
        assert len(found) == 1, (label, told)
        assert "23 Nov 2026" in found[0]
    history = supervisor.get(path(code, "/riwayat")).text
    assert REASON in history
    assert "Sudah diperbaiki." in history
    assert officer_of(site, "supervisor", JATIM).get("/petugas/catatan").text.count(code) == 0
