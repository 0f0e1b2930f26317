"""Logging in and out, the account page, and what happens to a session that was left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Enrolment, Visit
from portal.operations import throttle
from portal.operations.login_names import make_name
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import log_in, sum_answer
from tests.people import AGENCY, PASSWORD
from tests.web.conftest import MONDAY, Citizen
from tests.web.registering import register


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def enter(client: CheckedClient, who: Citizen, password: str = PASSWORD) -> Any:
    return log_in(client, password, who.nik)


@pytest.mark.req("SIN-24", "SIN-25")
def test_number_password_and_sum_lead_home_with_a_welcome(visitor: CheckedClient, siti: Citizen) -> None:
    page = visitor.get(f"/masuk/{AGENCY}")
    assert "NIK" in page.text
    assert "Kata Kunci" in page.text
    assert "Berapa" in page.text
    page = enter(visitor, siti)
    assert page.request.path == f"/instansi/{AGENCY}"
    assert "Selamat datang SITI AMINAH" in page.text


@pytest.mark.req("SIN-26")
def test_the_login_page_leads_to_everything_of_the_side_box(visitor: CheckedClient) -> None:
    page = visitor.get(f"/masuk/{AGENCY}")
    for words in (
        "Login",
        "Pendaftaran",
        "Cek Status Pendaftaran",
        "Lupa Password",
        "Belum memiliki Akun?",
        "Pendaftaran Pemohon",
    ):
        assert words in page.text
    assert visitor.page is not None
    for path in [link for link in visitor.page.links() if link.startswith(("/daftar", "/masuk"))]:
        assert visitor.get(path).status_code == 200


@pytest.mark.req("SIN-16")
def test_a_wrong_sum_does_not_log_in(visitor: CheckedClient, siti: Citizen) -> None:
    visitor.get(f"/masuk/{AGENCY}")
    fields = {"login_name": siti.nik, "password": PASSWORD, "captcha_answer": "999"}
    assert visitor.submit(fields, form="login").status_code == 422
    assert visitor.page is not None
    assert visitor.page.form("login").values["login_name"] == siti.nik


@pytest.mark.req("SIN-17")
def test_one_can_log_in_without_a_sum(visitor: CheckedClient, siti: Citizen) -> None:
    visitor.get(f"/masuk/{AGENCY}")
    visitor.submit({"login_name": siti.nik}, form="login", button=("_captcha", "none"))
    page = visitor.submit({"login_name": siti.nik, "password": PASSWORD}, form="login")
    assert "Selamat datang" in page.text


def test_the_login_page_goes_on_to_where_one_was(visitor: CheckedClient, siti: Citizen) -> None:
    page = visitor.follow(visitor.get("/akun"))
    assert page.request.path == "/masuk"
    assert visitor.page is not None
    visitor.get(visitor.page.link(f"/masuk/{AGENCY}?"))
    fields = {
        "login_name": siti.nik,
        "password": PASSWORD,
        "captcha_answer": sum_answer(visitor, "login"),
    }
    assert visitor.submit(fields, form="login").request.path == "/akun"


def test_logging_out_ends_the_visit(visitor: CheckedClient, siti: Citizen) -> None:
    enter(visitor, siti)
    page = visitor.submit(form="/keluar")
    assert "Anda sudah keluar" in page.text
    assert visitor.get("/akun").status_code == 303


def test_logging_out_everywhere_ends_every_visit(visitor: CheckedClient, siti: Citizen, site: Flask) -> None:
    other = site.test_client()
    enter(other, siti)
    enter(visitor, siti)
    visitor.get("/akun")
    visitor.submit(form="/akun/keluar-semua")
    assert other.get("/akun").status_code == 303
    alive = db.session.scalar(select(func.count()).select_from(Visit).where(Visit.account_id == siti.account_id))
    assert alive == 0


def test_a_session_left_alone_ends_and_says_why(visitor: CheckedClient, siti: Citizen) -> None:
    enter(visitor, siti)
    with clock.frozen(MONDAY + timedelta(minutes=31)):
        page = visitor.follow(visitor.get("/akun"))
    assert "Anda keluar otomatis" in page.text


def test_the_account_page_masks_contacts(visitor: CheckedClient, siti: Citizen) -> None:
    enter(visitor, siti)
    page = visitor.get("/akun")
    assert "SITI AMINAH" in page.text
    assert "Kabar" in page.text
    assert "+6281234500001" not in page.text
    assert "0001@example.com" not in page.text


def test_a_claim_never_shadows_the_proven_owner(visitor: CheckedClient, siti: Citizen, site: Flask) -> None:
    register(site.test_client(), nik=siti.nik)
    page = enter(visitor, siti)
    assert page.request.path == f"/instansi/{AGENCY}"


def test_the_third_mistake_costs_a_wait_and_the_wait_ends(visitor: CheckedClient, siti: Citizen) -> None:
    for _ in range(3):
        assert enter(visitor, siti, "salah sekali ini").status_code == 422
    assert enter(visitor, siti).status_code == 429
    with clock.frozen(MONDAY + timedelta(seconds=6)):
        assert enter(visitor, siti).status_code == 200


def test_nobody_can_lock_the_owner_out_of_a_device_that_knows_them(
    visitor: CheckedClient, siti: Citizen, site: Flask
) -> None:
    enter(visitor, siti)
    visitor.submit(form="/keluar")
    thief = site.test_client()
    for _ in range(20):
        enter(thief, siti, "salah sekali ini")
    assert enter(thief, siti).status_code == 429
    assert enter(visitor, siti).status_code == 200


def test_mistakes_of_one_person_do_not_slow_another_on_the_same_network(
    visitor: CheckedClient, siti: Citizen, budi: Citizen, site: Flask
) -> None:
    for _ in range(10):
        enter(site.test_client(), siti, "salah sekali ini")
    assert enter(visitor, budi).status_code == 200


@pytest.mark.parametrize(
    ("agency", "words"),
    [
        pytest.param(
            "imigrasi",
            ("Username", "Password", "LOGIN", "Lupa Password", "Belum Punya Akun ?", "Daftar Sekarang"),
            marks=pytest.mark.req("PAS-01", "PAS-03"),
        ),
        pytest.param(
            "kesehatan",
            ("Email", "Password", "Lupa password?", "Log In", "Belum mempunyai akun?", "Daftar"),
            marks=pytest.mark.req("SKK-01"),
        ),
        pytest.param("bmkg", ("Username", "Password", "Berapa", "Masuk", "Register"), marks=pytest.mark.req("PTS-11")),
        pytest.param("karantina", ("Username", "Password", "Login"), marks=()),
    ],
)
def test_each_agency_asks_for_its_own_name_in_its_own_words(
    visitor: CheckedClient, agency: str, words: tuple[str, ...]
) -> None:
    page = visitor.get(f"/masuk/{agency}")
    for word in words:
        assert word in page.text
    assert visitor.page is not None
    links = visitor.page.links()
    for path in (f"/daftar/{agency}", f"/masuk/{agency}/lupa", f"/daftar/{agency}/status"):
        assert path in links


def test_a_name_that_the_agency_made_logs_in(visitor: CheckedClient, siti: Citizen) -> None:
    """Capitals do not matter: it was read off a letter (KAR-32)."""
    with transaction():
        name = make_name(siti.account_id, "karantina", "P?????")
        db.session.add(
            Enrolment(
                account_id=siti.account_id,
                agency="karantina",
                application_id=db.session.scalars(select(Enrolment.application_id)).one(),
                profile={},
                assurance=2,
                enrolled_at=clock.now(),
            )
        )
    visitor.get("/masuk/karantina")
    fields = {"login_name": name.lower(), "password": PASSWORD, "captcha_answer": sum_answer(visitor, "login")}
    assert visitor.submit(fields, form="login").request.path == "/instansi/karantina"
    # By this way in the stronger agency stays closed, and the account page says how to open it.
    page = visitor.get("/akun")
    assert "Belum terbuka dengan cara masuk ini" in page.text
