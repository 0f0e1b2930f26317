"""The two modes of a raised applicant: what is written, locked, seen, and refused in each (guide B.4 and Tabel 2)."""

from __future__ import annotations

import zlib
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.blueprints.applicant.steps import SUBJECTS_A_DAY
from portal.extensions import db
from portal.models import Application, Membership, Representation, Visit
from portal.operations import throttle
from portal.operations.groups import lower_applicant
from portal.operations.representations import start_in_mode
from portal.queries.answers import answers_of
from portal.queries.officers import find_officer_account
from portal.transaction import transaction
from tests.birth_certificate import TYPED
from tests.client import CheckedClient
from tests.people import AGENCY, SERVICE, application
from tests.web.applying import begin
from tests.web.grouping import SPECIAL, raised, switch
from tests.web.test_budgets import PAGE_QUERIES, _counted

OTHERS = {
    "kk": "9901010202150003",
    "phone": "0812-9999-0001",
    "email": "warga@example.com",
    "address-province": "33",
    "address-regency": "33.26",
    "address-district": "33.26.07",
    "address-village": "33.26.07.2008",
}
STEP = "/permohonan/{code}/langkah/detail"


def lower(code: str) -> None:
    admin = find_officer_account("adi")
    assert admin is not None
    with transaction():
        lower_applicant(code, by=admin, reason="Tidak bertugas lagi.")


def post_detail(client: CheckedClient, code: str, **fields: str) -> Any:
    """A direct post past the form, with every locked name in it."""
    client.get(STEP.format(code=code))
    shown = client.page.form("isian").values
    data = {**TYPED["detail"], **fields, "csrf_token": shown["csrf_token"], "version": shown["version"]}
    return client.post(STEP.format(code=code), data=data)


@pytest.mark.req("SIN-29")
def test_a_raised_applicant_reads_the_mode_under_the_name_and_switches_both_ways(
    citizen: CheckedClient, siti: Any
) -> None:
    citizen.get("/akun")
    assert "Ganti mode" not in citizen.page.words()
    _, code = raised(siti.account_id)
    for path in ("/", f"/instansi/{AGENCY}", "/akun", "/permohonan", "/informasi"):
        citizen.get(path)
        assert "SITI AMINAH Pemohon · Ganti mode" in citizen.page.words(), path
    assert switch(citizen, code).status_code == 303
    for path in ("/", f"/instansi/{AGENCY}", "/akun", "/permohonan", "/informasi"):
        citizen.get(path)
        assert "SITI AMINAH Bidan · Karanganyar · Ganti mode" in citizen.page.words(), path
    assert switch(citizen).status_code == 303
    citizen.get("/akun")
    assert "SITI AMINAH Pemohon · Ganti mode" in citizen.page.words()


def test_a_new_log_in_begins_personal_and_the_mode_is_the_visits_alone(
    site: Flask, citizen: CheckedClient, siti: Any
) -> None:
    from tests.people import log_in_citizen

    _, code = raised(siti.account_id)
    switch(citizen, code)
    again = log_in_citizen(site.test_client(), siti.account_id)
    again.get("/akun")
    assert "SITI AMINAH Pemohon" in again.page.words()


def test_nobody_switches_into_the_group_of_another(
    citizen: CheckedClient, other_citizen: CheckedClient, siti: Any, budi: Any
) -> None:
    _, code = raised(siti.account_id)
    other_citizen.get("/akun/mode")
    token = other_citizen.page.form("keluar").values["csrf_token"]
    assert other_citizen.post("/akun/mode", data={"csrf_token": token, "mode": code}).status_code == 404
    other_citizen.get("/akun")
    assert "Ganti mode" not in other_citizen.page.words()


@pytest.mark.req("SIN-31")
def test_personal_keeps_the_own_data_whatever_is_posted_and_group_takes_the_others(
    citizen: CheckedClient, siti: Any
) -> None:
    own = begin(citizen)
    post_detail(citizen, own, **OTHERS)
    kept = answers_of(application(own).id)["detail"]
    assert (kept["kk"], kept["phone"], kept["email"]) == ("9901010101200007", "+6281234500001", "0001@example.com")
    _, code = raised(siti.account_id)
    switch(citizen, code)
    other = begin(citizen)
    assert other != own
    assert application(other).mode == "group"
    assert post_detail(citizen, other, **OTHERS).status_code == 303
    given = answers_of(application(other).id)["detail"]
    assert (given["kk"], given["phone"], given["email"]) == ("9901010202150003", "+6281299990001", "warga@example.com")
    switch(citizen)
    post_detail(citizen, own, **OTHERS)
    assert answers_of(application(own).id)["detail"]["kk"] == "9901010101200007", "the mode is the draft's"
    assert application(own).mode == "personal"
    assert application(other).mode == "group"


@pytest.mark.req("SIN-30")
def test_personal_mode_refuses_somebody_known_to_be_of_another_family(
    citizen: CheckedClient, siti: Any, budi: Any
) -> None:
    code = begin(citizen)
    refused = post_detail(citizen, code, baby_nik=budi.nik)
    assert refused.status_code == 422
    assert "tercatat di Kartu Keluarga lain" in citizen.page.words()
    assert post_detail(citizen, code, baby_nik=siti.nik, _sure="yes").status_code == 303
    post_detail(citizen, code, baby_nik=budi.nik)
    citizen.get(f"/permohonan/{code}/langkah/kirim")
    assert citizen.get(f"/permohonan/{code}/langkah/kirim").status_code == 303, "what is refused never gets to the end"
    _, membership = raised(siti.account_id)
    switch(citizen, membership)
    other = begin(citizen)
    assert post_detail(citizen, other, baby_nik=budi.nik, **OTHERS, _sure="yes").status_code == 303


def test_a_group_stays_in_its_area(citizen: CheckedClient, siti: Any) -> None:
    _, code = raised(siti.account_id, area="33.26.07.2008")
    with transaction():
        db.session.execute(update(Membership).values(area="33.26.07.2001"))
    switch(citizen, code)
    draft = begin(citizen)
    assert post_detail(citizen, draft, **OTHERS).status_code == 422
    assert "di dalam wilayah grup Anda" in citizen.page.words()


@pytest.mark.req("SIN-32")
def test_special_services_are_seen_by_granted_access_in_group_mode_only(
    citizen: CheckedClient, other_citizen: CheckedClient, visitor: CheckedClient, siti: Any, budi: Any
) -> None:
    _, code = raised(siti.account_id)
    _, teacher = raised(budi.account_id, group="bidan", services=())
    page = f"/layanan/{AGENCY}/{SPECIAL}"
    for client in (visitor, citizen):
        assert client.get(page).status_code == 404
        assert client.get(f"{page}/baru").status_code == 404
        for path in ("/", f"/instansi/{AGENCY}", f"/persyaratan/{AGENCY}", f"/layanan/{AGENCY}/{SERVICE}"):
            client.get(path)
            assert not any(SPECIAL in link for link in client.page.links()), path
    citizen.get("/akun")
    token = citizen.page.form("keluar").values["csrf_token"]
    assert citizen.post(f"{page}/baru", data={"csrf_token": token}).status_code == 404
    switch(citizen, code)
    assert citizen.get(page).status_code == 200
    citizen.get(f"/instansi/{AGENCY}")
    assert page in citizen.page.links()
    assert f"/layanan/{AGENCY}/{SERVICE}" in citizen.page.links()
    switch(other_citizen, teacher)
    assert other_citizen.get(page).status_code == 404, "of the group, but not granted"
    lower(code)
    assert citizen.get(page).status_code == 404
    citizen.get("/akun")
    assert "Ganti mode" not in citizen.page.words()


@pytest.mark.parametrize("days", [(date(2026, 1, 1), date(2026, 11, 22)), (date(2026, 11, 24), date(2027, 1, 1))])
def test_a_membership_counts_from_its_first_to_its_last_day(citizen: CheckedClient, siti: Any, days: Any) -> None:
    _, code = raised(siti.account_id)
    switch(citizen, code)
    with transaction():
        db.session.execute(update(Membership).values(starts_on=days[0], ends_on=days[1]))
    citizen.get("/akun")
    assert "Ganti mode" not in citizen.page.words()
    draft = begin(citizen)
    assert application(draft).mode == "personal"


def test_a_mode_that_ended_behind_an_open_page_begins_no_draft(site: Flask, siti: Any) -> None:
    from portal.auth.viewer import MembershipView
    from portal.errors import NotAllowed
    from portal.queries.catalogue import catalogue

    _, code = raised(siti.account_id)
    lower(code)
    view = MembershipView(code, AGENCY, "bidan", "33.26.07", frozenset({SPECIAL}))
    service = catalogue().service(AGENCY, SERVICE)
    with pytest.raises(NotAllowed), transaction():
        start_in_mode(catalogue().agency(AGENCY), service, siti.account_id, view)
    assert db.session.scalar(select(Representation.application_id)) is None


def test_the_application_remembers_the_membership(citizen: CheckedClient, siti: Any) -> None:
    member_id, code = raised(siti.account_id)
    switch(citizen, code)
    draft = begin(citizen)
    row = db.session.scalars(select(Representation)).one()
    assert (row.application_id, row.membership_id) == (application(draft).id, member_id)
    citizen.get(f"/permohonan/{draft}/langkah/detail")
    assert "Atas nama Bidan, Puskesmas Kajen" in citizen.page.words()
    stored = db.session.scalars(select(Visit.data).where(Visit.account_id == siti.account_id)).first()
    assert stored == {"mode": code} or "mode" in stored
    assert db.session.scalar(select(Application.mode).where(Application.code == draft)) == "group"


def test_who_tries_many_niks_is_stopped(site: Flask, citizen: CheckedClient, siti: Any, budi: Any) -> None:
    throttle.forget_memory()
    code = begin(citizen)
    citizen.get(STEP.format(code=code))
    shown = citizen.page.form("isian").values
    statuses = set()
    for number in range(SUBJECTS_A_DAY):
        data = {**TYPED["detail"], "baby_nik": f"990101020385{number:04}", "csrf_token": shown["csrf_token"]}
        statuses.add(citizen.post(STEP.format(code=code), data={**data, "version": "0", "_save": "draft"}).status_code)
    assert 429 not in statuses
    data = {**TYPED["detail"], "baby_nik": budi.nik, "csrf_token": shown["csrf_token"], "version": "1"}
    assert citizen.post(STEP.format(code=code), data=data).status_code == 429
    assert "Kartu Keluarga lain" not in citizen.page.words()
    throttle.forget_memory()


def test_pages_in_group_mode_keep_the_budgets(citizen: CheckedClient, siti: Any) -> None:
    _, membership = raised(siti.account_id)
    switch(citizen, membership)
    code = begin(citizen)
    post_detail(citizen, code, **OTHERS)
    paths = (f"/instansi/{AGENCY}", f"/layanan/{AGENCY}/{SPECIAL}", "/akun/mode", f"/permohonan/{code}")
    for path in (*paths, f"/permohonan/{code}/langkah/orang-tua", f"/permohonan/{code}/langkah/data-dukung"):
        with _counted() as asked:
            page = citizen.get(path)
        assert page.status_code == 200, path
        assert len(zlib.compress(page.data)) < 7_000, path  # the style sheets need as much again
        assert len(asked) <= PAGE_QUERIES, (path, asked)
