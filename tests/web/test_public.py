"""What a stranger sees: the front page, an agency, a service, hours, and a paper's page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from portal import clock
from portal.extensions import db
from portal.models import Enrolment, Visit
from portal.transaction import change, transaction
from tests.client import CheckedClient


@pytest.mark.req("SIN-01", "SIN-02", "SIN-05")
def test_home_of_an_agency_names_it_and_leads_to_login(visitor: CheckedClient) -> None:
    visitor.get("/instansi/dukcapil")
    page = visitor.page
    assert page is not None
    assert "SINTREN" in page.words()
    assert '<a class="brand" href="/instansi/dukcapil"><svg' in page.text
    assert "Akta Kelahiran" in page.words()
    assert "Daftar / Login Pemohon" in page.words()
    visitor.get(page.link("/masuk/dukcapil"))
    assert visitor.page.has_form("login")


def test_the_menu_shows_applications_only_after_login(visitor: CheckedClient, citizen: CheckedClient) -> None:
    visitor.get("/instansi/dukcapil")
    citizen.get("/instansi/dukcapil")
    assert visitor.page is not None
    assert citizen.page is not None
    for page in (visitor.page, citizen.page):
        for word in ("Home", "Persyaratan", "Informasi", "Panduan"):
            assert word in page.words()
    assert "/permohonan" not in visitor.page.links()
    assert "/permohonan" in citizen.page.links()


def test_the_menu_of_somebody_not_yet_enrolled_names_no_applications(citizen: CheckedClient) -> None:
    with transaction():
        change(delete(Enrolment))
    citizen.get("/instansi/dukcapil")
    assert citizen.page is not None
    assert "/akun" in citizen.page.links()
    assert "/permohonan" not in citizen.page.links()


@pytest.mark.req("SIN-07", "SIN-83")
def test_the_footer_names_year_agency_and_call_centre(visitor: CheckedClient) -> None:
    visitor.get("/instansi/dukcapil")
    assert visitor.page is not None
    words = visitor.page.words()
    assert "© 2026 Dinas Kependudukan dan Pencatatan Sipil Kabupaten Pekalongan" in words
    assert visitor.page.link("wa.me/6285293499722")


@pytest.mark.req("SIN-08")
def test_requirements_lead_to_the_text_and_process_of_each_service(visitor: CheckedClient) -> None:
    visitor.get("/persyaratan/dukcapil")
    assert visitor.page is not None
    visitor.get(visitor.page.link("/layanan/dukcapil/"))
    words = visitor.page.words()
    assert "Buku Nikah/Kutipan Akta Perkawinan" in words
    assert "Verifikator Dinas memeriksa" in words


@pytest.mark.req("SIN-28")
def test_the_bar_shows_the_hours_of_each_weekday(visitor: CheckedClient) -> None:
    visitor.get("/instansi/dukcapil")
    assert visitor.page is not None
    words = visitor.page.words()
    assert "PERMOHONAN AKAN DIPROSES PADA HARI DAN JAM KERJA" in words
    assert "Senin s.d Rabu : 07.30 - 16.00 WIB" in words
    assert "Kamis : 07.30 - 15.30 WIB" in words
    assert "(detail)" in words


@pytest.mark.req("SIN-45")
@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2026, 11, 23, 0, 29, tzinfo=UTC), False),  # 07.29 WIB
        (datetime(2026, 11, 23, 0, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 8, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), False),  # 16.00 WIB
        (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), False),  # a Sunday
        (datetime(2026, 12, 25, 3, 0, tzinfo=UTC), False),  # Christmas, a Friday
    ],
)
def test_outside_hours_a_sentence_replaces_the_button(citizen: CheckedClient, at: datetime, is_open: bool) -> None:
    with transaction():
        db.session.query(Visit).update({"expires_at": at + timedelta(hours=1), "seen_at": at})
    with clock.frozen(at):
        citizen.get("/layanan/dukcapil/akta-kelahiran")
        assert citizen.page is not None
        assert citizen.page.has_form("/baru") is is_open
        assert ("Pengajuan Pemohonan belum tersedia" in citizen.page.words()) is not is_open
        citizen.get("/instansi/dukcapil")
        assert citizen.page.has_form("/baru") is is_open


@pytest.mark.req("SIN-64")
def test_the_upload_guide_has_the_causes_and_cures_of_table_4(visitor: CheckedClient) -> None:
    visitor.get("/panduan/unggah")
    assert visitor.page is not None
    words = visitor.page.words()
    for cure in ("200 atau 150 DPI", "jpg, jpeg, png atau jfif", "pihak ketiga yang mencurigakan"):
        assert cure in words


def test_an_unknown_verification_code_is_told_plainly(visitor: CheckedClient) -> None:
    response = visitor.get("/verifikasi/AAAAAAAAAAAAAAAAAAAAAA")
    assert response.status_code == 404
    assert visitor.page is not None
    assert "Tidak ada dokumen dengan kode ini" in visitor.page.words()
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_pages_are_not_kept_by_a_shared_phone(visitor: CheckedClient) -> None:
    response = visitor.get("/instansi/dukcapil")
    assert response.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_health_tells_of_the_database_and_the_queue(site: Flask) -> None:
    answer = site.test_client().get("/sehat")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["database"] == "ok"
