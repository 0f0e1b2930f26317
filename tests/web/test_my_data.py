"""A person sees, takes along and asks about their own data; the agency answers within 3 x 24 hours (XCT-07, XCT-08)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock
from portal.extensions import db
from portal.jobs.upkeep import erase_stale
from portal.models import Account, Application, Breach, DataRequest, Enrolment, Message, Reading
from portal.operations.throttle import forget_memory
from portal.queue import run_pending_jobs
from tests.backstage import send_birth
from tests.client import CheckedClient
from tests.people import AGENCY, PASSWORD, log_in_citizen, log_in_officer
from tests.web.conftest import MONDAY, Citizen

MINE = "/akun/data-saya"
DESK = "/petugas/data-pribadi"
REGISTER = "/petugas/kebocoran"


@pytest.fixture(autouse=True)
def _nobody_tried_before(site: Flask) -> None:
    forget_memory()


@pytest.fixture
def dpo(officer: Callable[[str], CheckedClient]) -> CheckedClient:
    """The browser of who answers for personal data."""
    return officer("dpo")


def post(client: CheckedClient, path: str, fields: dict[str, str]) -> TestResponse:
    """A post as it comes from a page that is no longer up to date."""
    client.get(f"{REGISTER}/baru")
    assert client.page is not None
    return client.post(path, data={"csrf_token": client.page.form("baru").values["csrf_token"]} | fields)


def ask_copy(client: CheckedClient, password: str = PASSWORD) -> None:
    client.get(MINE)
    client.submit({"password": password}, form="salinan")


def ask(client: CheckedClient, kind: str, text: str = "") -> None:
    client.get(MINE)
    client.submit({"agency": AGENCY, "kind": kind, "text": text}, form="permintaan")


def code_of(application_id: int) -> str:
    return db.session.scalars(select(Application.code).where(Application.id == application_id)).one()


def application_id(code: str) -> int:
    return db.session.scalars(select(Application.id).where(Application.code == code)).one()


def newest() -> DataRequest:
    found = db.session.scalar(select(DataRequest).order_by(DataRequest.id.desc()).limit(1))
    assert found is not None
    db.session.refresh(found)
    return found


@pytest.mark.req("XCT-07")
def test_the_copy_holds_every_answer_in_plain_words_as_json_and_as_pdf(citizen: CheckedClient, siti: Citizen) -> None:
    case = send_birth(siti.account_id)
    ask_copy(citizen)
    run_pending_jobs()
    code = newest().code
    assert f"/akun/data-saya/salinan/{code}.json" in citizen.get(MINE).text
    copy = json.loads(citizen.get(f"{MINE}/salinan/{code}.json").data)
    application = next(one for one in copy["permohonan"] if one["layanan"] == "Akta Kelahiran")
    assert application["jawaban"]["Nama Bayi/Anak"]
    assert copy["akun"]["nama"] == "SITI AMINAH"
    assert siti.nik in json.dumps(copy)
    assert case == application_id(application["kode"])
    pdf = citizen.get(f"{MINE}/salinan/{code}.pdf").data
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert "Salinan data pribadi" in text
    assert application["kode"] in text


def test_a_wrong_password_makes_no_copy(citizen: CheckedClient) -> None:
    citizen.get(MINE)
    refused = citizen.submit({"password": "bukan kata kuncinya"}, form="salinan")
    assert refused.status_code == 422
    assert db.session.scalar(select(DataRequest)) is None


def test_a_copy_is_its_owners_alone_and_gone_after_a_day(
    citizen: CheckedClient, other_citizen: CheckedClient, siti: Citizen, site: Flask
) -> None:
    ask_copy(citizen)
    run_pending_jobs()
    address = f"{MINE}/salinan/{newest().code}.json"
    assert other_citizen.get(address).status_code == 404
    assert site.test_client().get(address).status_code == 303
    with clock.frozen(MONDAY + timedelta(hours=25)):
        erase_stale()
        later = log_in_citizen(site.test_client(), siti.account_id)
        assert later.get(address).status_code == 404
        assert newest().code not in later.get(MINE).text


def test_asking_twice_makes_one_copy(citizen: CheckedClient) -> None:
    ask_copy(citizen)
    ask_copy(citizen)
    assert len(db.session.scalars(select(DataRequest)).all()) == 1


def test_the_page_tells_how_often_officers_looked(
    citizen: CheckedClient, siti: Citizen, verifier: CheckedClient
) -> None:
    case = send_birth(siti.account_id)
    verifier.get(f"/petugas/permohonan/{code_of(case)}")
    assert "Kali data Anda dibuka petugas: 1" in citizen.get(MINE).text


@pytest.mark.req("XCT-07")
def test_a_request_has_a_clock_of_three_days_and_is_answered_once(citizen: CheckedClient, dpo: CheckedClient) -> None:
    ask(citizen, "correct", "Tempat lahir saya Kajen, bukan Kojen.")
    found = newest()
    assert found.due_at - found.asked_at == timedelta(hours=72)
    page = dpo.get(DESK).text
    assert "Pembetulan" in page
    assert "SITI AMINAH" in page
    dpo.get(f"{DESK}/{found.code}")
    dpo.submit({"outcome": "done", "answer": "Tempat lahir sudah kami betulkan."}, form=found.code)
    assert newest().state == "done"
    assert "Tempat lahir sudah kami betulkan." in citizen.get(MINE).text
    again = post(dpo, f"{DESK}/{found.code}", {"outcome": "refused", "answer": "Tidak jadi dibetulkan."})
    assert again.status_code == 409
    assert newest().state == "done"
    assert db.session.scalar(select(Message).where(Message.template == "permintaan-data-dijawab")) is not None


def test_a_late_request_says_so(citizen: CheckedClient, site: Flask) -> None:
    ask(citizen, "correct", "Nama jalan saya salah tulis.")
    with clock.frozen(MONDAY + timedelta(hours=73)):
        dpo = log_in_officer(site.test_client(), "dpo")
        assert "terlambat" in dpo.get(DESK).text


def test_a_correction_says_what_is_wrong_and_keeps_what_was_typed(citizen: CheckedClient) -> None:
    citizen.get(MINE)
    refused = citizen.submit({"agency": AGENCY, "kind": "correct", "text": "x"}, form="permintaan")
    assert refused.status_code == 422
    assert "Tulis data mana yang salah" in refused.text
    assert db.session.scalar(select(DataRequest)) is None


def test_deleting_empties_everything_where_no_archive_forbids_it(
    citizen: CheckedClient, siti: Citizen, dpo: CheckedClient, site: Flask
) -> None:
    ask(citizen, "delete")
    found = newest()
    dpo.get(f"{DESK}/{found.code}")
    dpo.submit({"outcome": "done", "answer": "Data sudah kami hapus."}, form=found.code)
    account = db.session.get(Account, siti.account_id)
    assert account is not None
    db.session.refresh(account)
    assert (account.name, account.phone, account.email) == ("", None, None)
    enrolment = db.session.scalar(select(Enrolment).where(Enrolment.account_id == siti.account_id))
    assert enrolment is not None
    assert (enrolment.profile, enrolment.nik_digest, enrolment.state) == ({}, None, "blocked")
    assert citizen.get(MINE).status_code == 303
    assert db.session.scalar(select(Message).where(Message.template == "data-dihapus")) is not None


def test_what_must_be_archived_is_restricted_and_never_deleted(
    citizen: CheckedClient, siti: Citizen, dpo: CheckedClient
) -> None:
    send_birth(siti.account_id)
    ask(citizen, "delete")
    found = newest()
    assert "Hapus sekarang" not in dpo.get(f"{DESK}/{found.code}").text
    forced = post(dpo, f"{DESK}/{found.code}", {"outcome": "done", "answer": "Data sudah kami hapus."})
    assert forced.status_code == 409
    assert newest().state == "open"
    dpo.get(f"{DESK}/{found.code}")
    dpo.submit({"outcome": "restricted", "answer": "Berkas wajib diarsipkan, UU 43/2009."}, form=found.code)
    enrolment = db.session.scalar(select(Enrolment).where(Enrolment.account_id == siti.account_id))
    assert enrolment is not None
    db.session.refresh(enrolment)
    assert enrolment.state == "blocked"
    assert enrolment.profile


@pytest.mark.parametrize("path", [DESK, REGISTER, f"{REGISTER}/baru"])
def test_only_who_protects_data_finds_these_pages(verifier: CheckedClient, path: str) -> None:
    assert verifier.get(path).status_code == 404


def test_opening_a_request_is_logged(citizen: CheckedClient, dpo: CheckedClient) -> None:
    ask(citizen, "withdraw")
    assert dpo.get(f"{DESK}/{newest().code}").status_code == 200
    assert db.session.scalar(select(Reading).where(Reading.what == "data-request")) is not None


ENTRY = {
    "agency": AGENCY,
    "found_at": "2026-11-22T08:30",
    "what": "Nama dan nomor HP 40 pemohon akta kelahiran.",
    "how": "Tanggal 21 November berkas ekspor terkirim ke alamat surel yang salah.",
    "measures": "Penerima sudah menghapus berkas. Waspadai telepon yang meminta uang.",
    "people": "40",
}


def record(dpo: CheckedClient) -> Breach:
    dpo.get(f"{REGISTER}/baru")
    dpo.submit(ENTRY, form="baru")
    breach = db.session.scalar(select(Breach))
    assert breach is not None
    return breach


@pytest.mark.req("XCT-08")
def test_a_breach_has_a_clock_and_a_notice_that_reaches_everybody_once(
    dpo: CheckedClient, siti: Citizen, budi: Citizen, visitor: CheckedClient
) -> None:
    breach = record(dpo)
    assert breach.due_at - breach.found_at == timedelta(hours=72)
    notice = f"/pemberitahuan/{breach.code}"
    assert visitor.get(notice).status_code == 404
    for step in ("otoritas", "orang", "orang"):
        dpo.get(f"{REGISTER}/{breach.code}")
        post(dpo, f"{REGISTER}/{breach.code}/{step}", {})
        run_pending_jobs()
    page = visitor.get(notice).text
    for words in ("Nama dan nomor HP 40 pemohon", "Tanggal 21 November", "Penerima sudah menghapus", "Pasal 46"):
        assert words in page
    told = db.session.scalars(select(Message.account_id).where(Message.template == "kebocoran-data")).all()
    assert {siti.account_id, budi.account_id} <= set(told)
    assert len(told) == len(
        set(
            db.session.execute(
                select(Message.account_id, Message.channel).where(Message.template == "kebocoran-data")
            ).all()
        )
    )


def test_a_breach_closes_only_after_both_were_told(dpo: CheckedClient) -> None:
    code = record(dpo).code
    post(dpo, f"{REGISTER}/{code}/tutup", {})
    assert db.session.scalars(select(Breach.closed_at)).one() is None
    for step in ("otoritas", "orang", "tutup"):
        post(dpo, f"{REGISTER}/{code}/{step}", {})
    assert db.session.scalars(select(Breach.closed_at)).one() is not None


def test_an_entry_that_says_too_little_keeps_what_was_typed(dpo: CheckedClient) -> None:
    dpo.get(f"{REGISTER}/baru")
    refused = dpo.submit(ENTRY | {"measures": "", "people": "banyak"}, form="baru")
    assert refused.status_code == 422
    assert "Nama dan nomor HP 40 pemohon" in refused.text
    assert db.session.scalar(select(Breach)) is None


def test_two_who_mend_an_entry_at_once_do_not_overwrite_each_other(dpo: CheckedClient) -> None:
    breach = record(dpo)
    fields = ENTRY | {"version": "0"}
    assert post(dpo, f"{REGISTER}/{breach.code}", fields | {"people": "50"}).status_code == 303
    late = post(dpo, f"{REGISTER}/{breach.code}", fields | {"people": "60"})
    assert late.status_code == 409
    assert 'value="60"' in late.text
