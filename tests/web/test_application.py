"""Beginning and filling in an application (SIN-44 to SIN-53), and the list of one's own (SIN-71 to SIN-74)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal import clock
from portal.operations.applications import start_application
from portal.queries.catalogue import catalogue
from portal.transaction import transaction
from tests.birth_certificate import TYPED
from tests.client import CheckedClient
from tests.people import AGENCY, SERVICE, application
from tests.web.applying import begin, fill, sent_application
from tests.web.conftest import Citizen

SUNDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BEGIN = f"/layanan/{AGENCY}/{SERVICE}/baru"


@pytest.mark.req("SIN-44")
def test_new_starts_a_draft_and_opens_its_first_step(citizen: CheckedClient) -> None:
    code = begin(citizen)
    page = citizen.get(f"/permohonan/{code}/langkah/detail")
    assert page.status_code == 200
    assert "Detail Pengajuan" in page.text


@pytest.mark.req("SIN-51")
def test_the_code_begins_with_the_prefix_of_the_service_and_the_region(
    citizen: CheckedClient,
) -> None:
    first = begin(citizen)
    fill(citizen, first, "detail")
    second = begin(citizen)
    assert first.startswith("AKL3326")
    assert second.startswith("AKL3326")
    assert first != second


@pytest.mark.req("SIN-45")
@pytest.mark.req("SIN-46")
@pytest.mark.req("SIN-47")
def test_outside_the_hours_a_direct_post_is_refused_with_when_it_opens_again(
    citizen: CheckedClient,
) -> None:
    citizen.get(f"/layanan/{AGENCY}/{SERVICE}")
    token = citizen.page.form("keluar").values["csrf_token"]
    with clock.frozen(SUNDAY):
        answer = citizen.post(BEGIN, data={"csrf_token": token})
        listed = citizen.get("/permohonan")
    assert answer.status_code == 409
    assert "Pengajuan Akta Kelahiran belum tersedia." in answer.text
    assert "Senin, 23-11-2026 pukul 07.30 WIB" in answer.text
    assert "AKL3326" not in listed.text


@pytest.mark.req("SIN-45", "SIN-47")
def test_a_full_day_refuses_a_direct_post(citizen: CheckedClient, budi: Citizen) -> None:
    declared, service = catalogue().agency(AGENCY), catalogue().service(AGENCY, SERVICE)
    assert service is not None
    citizen.get(f"/layanan/{AGENCY}/{SERVICE}")
    token = citizen.page.form(BEGIN).values["csrf_token"]
    with transaction():
        for _ in range(service.availability.per_day):
            start_application(declared, service, account_id=budi.account_id)
    answer = citizen.post(BEGIN, data={"csrf_token": token})
    assert answer.status_code == 409
    assert "penuh" in answer.text
    citizen.get(f"/instansi/{AGENCY}")
    assert not citizen.page.has_form(BEGIN)
    assert "penuh" in citizen.page.words()


def test_whoever_is_not_enrolled_is_led_to_the_registration(visitor: CheckedClient, site) -> None:
    from portal.extensions import db
    from portal.models import Account
    from tests.people import log_in_citizen

    with transaction():
        account = Account(name="TONO", created_at=clock.now())
        db.session.add(account)
        db.session.flush()
    client = log_in_citizen(visitor, account.id)
    client.get(f"/layanan/{AGENCY}/{SERVICE}")
    answer = client.submit(form=BEGIN, follow=False)
    assert answer.headers["Location"] == f"/daftar/{AGENCY}"


def test_pressing_new_twice_opens_the_same_untouched_draft(citizen: CheckedClient) -> None:
    assert begin(citizen) == begin(citizen)


def test_only_a_few_open_drafts_of_one_service(citizen: CheckedClient) -> None:
    for _ in range(3):
        fill(citizen, begin(citizen), "detail")
    citizen.get(f"/layanan/{AGENCY}/{SERVICE}")
    answer = citizen.submit(form=BEGIN)
    assert "3 draf" in answer.text
    assert answer.text.count("/hapus") == 3


@pytest.mark.req("SIN-48")
@pytest.mark.req("SIN-49")
@pytest.mark.req("SIN-52")
def test_the_form_asks_what_the_guide_shows_and_the_rest_below_a_line(
    citizen: CheckedClient,
) -> None:
    citizen.get(f"/permohonan/{begin(citizen)}/langkah/detail")
    words = citizen.page.words()
    labels = [
        "NIK Bayi/Anak",
        "Nama Bayi/Anak",
        "Nomor KK",
        "Nomor HP",
        "Email",
        "Wilayah",
        "Detail Pemohonan",
        "Data Kelahiran",
        "Jenis Kelamin",
        "Tanggal dan Jam Lahir",
    ]
    places = [words.index(label) for label in labels]
    assert places == sorted(places)


@pytest.mark.req("SIN-52")
def test_a_newborn_without_nik_is_accepted_but_a_mother_without_is_not(
    citizen: CheckedClient,
) -> None:
    code = begin(citizen)
    assert fill(citizen, code, "detail", baby_nik="").status_code == 303
    refused = fill(citizen, code, "orang-tua", mother_nik="")
    assert refused.status_code == 422
    assert "Isi NIK Ibu." in refused.text


@pytest.mark.req("SIN-31")
def test_locked_values_come_from_the_enrolment_whatever_is_posted(citizen: CheckedClient) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail", kk="1111111111111111", phone="0899")
    page = citizen.get(f"/permohonan/{code}/langkah/detail").text
    assert "9901010101200007" in page
    assert "1111111111111111" not in page


@pytest.mark.req("SIN-50")
@pytest.mark.req("SIN-53")
def test_what_was_processed_shows_on_the_detail_page_and_can_be_edited(
    citizen: CheckedClient,
) -> None:
    code = begin(citizen)
    for step in ("detail", "orang-tua"):
        fill(citizen, code, step)
    assert "Proses Pengajuan" in citizen.get(f"/permohonan/{code}/langkah/saksi").text
    assert fill(citizen, code, "saksi").headers["Location"] == f"/permohonan/{code}/langkah/data-dukung"
    assert application(code).state == "draft"
    detail = citizen.get(f"/permohonan/{code}")
    assert "Detail Pengajuan" in detail.text
    assert "DEWI ANGGRAINI" in detail.text
    assert "Edit Pengajuan" in detail.text
    fill(citizen, code, "detail", baby_name="DEWI LESTARI")
    assert "DEWI LESTARI" in citizen.get(f"/permohonan/{code}").text


def test_numbers_are_covered_on_the_detail_page(citizen: CheckedClient) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail")
    fill(citizen, code, "orang-tua")
    text = citizen.get(f"/permohonan/{code}").text
    assert TYPED["orang-tua"]["mother_nik"] not in text
    assert "9901010101200007" not in text


def test_the_answer_to_a_step_over_htmx_is_the_next_step_itself(citizen: CheckedClient) -> None:
    code = begin(citizen)
    page = citizen.get(f"/permohonan/{code}/langkah/detail")
    form = citizen.page.form("isian")
    answer = citizen.post(form.action, data={**form.values, **TYPED["detail"]}, headers={"HX-Request": "true"})
    assert page.status_code == answer.status_code == 200
    assert answer.headers["HX-Push-Url"] == f"/permohonan/{code}/langkah/orang-tua"
    assert "NIK Ibu" in answer.text
    assert "<html" not in answer.text


def test_a_step_that_must_wait_leads_to_the_one_that_is_open(citizen: CheckedClient) -> None:
    code = begin(citizen)
    answer = citizen.get(f"/permohonan/{code}/langkah/kirim")
    assert answer.headers["Location"].endswith(f"/permohonan/{code}/langkah/detail")


def test_a_foreign_application_is_not_found(citizen: CheckedClient, other_citizen: CheckedClient) -> None:
    code = begin(citizen)
    for path in ("", "/langkah/detail", "/bukti", "/obrolan", "/hapus", "/tindakan/withdraw"):
        assert other_citizen.get(f"/permohonan/{code}{path}").status_code == 404, path


@pytest.mark.req("SIN-71")
@pytest.mark.parametrize(
    ("field", "fits", "misses"),
    [
        ("layanan", f"{AGENCY}/{SERVICE}", f"{AGENCY}/lain"),
        ("status", "draft", "issued"),
        ("kode", "akl3326", "XXX"),
        ("nik", "9901012011260001", "9901012011260002"),
        ("nama", "anggra", "wati"),
    ],
)
def test_each_filter_narrows_the_list(citizen: CheckedClient, field: str, fits: str, misses: str) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail", baby_nik="9901012011260001")
    for value, is_there in ((fits, True), (misses, False)):
        citizen.get("/permohonan")
        answer = citizen.submit({field: value}, form="/permohonan")
        assert (code in answer.text) is is_there, value


def test_a_searched_nik_never_stands_in_an_address(citizen: CheckedClient) -> None:
    citizen.get("/permohonan")
    answer = citizen.submit({"nik": "9901012011260001"}, form="/permohonan", follow=False)
    assert "9901012011260001" not in answer.headers["Location"]


@pytest.mark.req("SIN-72")
@pytest.mark.req("SIN-74")
def test_the_list_shows_each_state_and_leads_to_the_detail(citizen: CheckedClient) -> None:
    sent = sent_application(citizen)
    draft = begin(citizen)
    page = citizen.get("/permohonan")
    assert "Pengajuan Dikirim" in page.text
    assert f"/permohonan/{sent}" in citizen.page.links()
    assert page.text.index(draft) < page.text.index(sent), "what waits for me comes first"


@pytest.mark.req("SIN-73")
def test_a_draft_is_deleted_after_a_question(citizen: CheckedClient) -> None:
    code = begin(citizen)
    fill(citizen, code, "detail")
    page = citizen.get(f"/permohonan/{code}/hapus")
    assert "Hapus draf ini?" in page.text
    citizen.submit(form="/hapus")
    assert citizen.get(f"/permohonan/{code}").status_code == 404
    assert application(code).subject_name == ""


@pytest.mark.req("SIN-73")
def test_what_was_sent_cannot_be_deleted(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get("/permohonan")
    assert f"/permohonan/{code}/hapus" not in citizen.page.links()
    token = citizen.page.form("keluar").values["csrf_token"]
    assert citizen.post(f"/permohonan/{code}/hapus", data={"csrf_token": token}).status_code == 409


def test_the_list_is_read_in_pages_both_ways(citizen: CheckedClient, siti: Citizen) -> None:
    declared, service = catalogue().agency(AGENCY), catalogue().service(AGENCY, SERVICE)
    assert service is not None
    with transaction():
        codes = [start_application(declared, service, account_id=siti.account_id).code for _ in range(45)]
    seen: list[str] = []
    address, pages = "/permohonan", 0
    while address:
        citizen.get(address)
        seen += [link.split("/")[2] for link in citizen.page.links() if link.endswith("/hapus")]
        address = next((x for x in citizen.page.links() if "sesudah=" in x), "")
        pages += 1
    assert pages == 3
    assert seen == codes[::-1]
    citizen.get(citizen.page.link("sebelum="))
    middle = [link.split("/")[2] for link in citizen.page.links() if link.endswith("/hapus")]
    assert middle == codes[::-1][20:40]
