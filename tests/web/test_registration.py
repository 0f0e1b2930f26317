"""The registration form: what it asks, refuses and keeps, and what a claim is worth."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Answers, Application, ConsentRecord, Credential, LoginName, Message, Submission
from portal.operations import throttle
from portal.operations.captchas import read_sum, solve
from tests.client import CheckedClient
from tests.journeys.joining import FORM, PASSWORD, fill, sum_answer
from tests.people import AGENCY, VILLAGE
from tests.web.conftest import MONDAY
from tests.web.registering import find_newest, newest, register, sent_code


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


@pytest.mark.req("SIN-13")
def test_the_form_asks_for_everything_of_the_guide(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    place = {"address-district": "33.26.07"}
    page = visitor.submit(place, form="register", button=("_refresh", "address")).text
    for label in (
        "NIK",
        "Nama Lengkap",
        "Nomor KK",
        "Tempat Lahir",
        "Tanggal Lahir",
        "DD-MM-YYYY",
        "Nama Ibu Kandung",
        "Provinsi",
        "Kabupaten/Kota",
        "Kecamatan",
        "Desa/Kelurahan",
        "Nomor HP (WhatsApp)",
        "Email",
        "Kata Kunci",
        "Ulangi Kata Kunci",
        "Berapa",
        "Daftar",
        "Reset",
    ):
        assert label in page


@pytest.mark.req("SIN-13")
def test_reset_clears_the_form(visitor: CheckedClient) -> None:
    refused = fill(visitor, nik="123")
    assert refused.status_code == 422
    assert visitor.page is not None
    label = refused.text.index(">Reset<")
    assert f'href="/daftar/{AGENCY}"' in refused.text[refused.text.rindex("<a", 0, label) : label]
    visitor.get(f"/daftar/{AGENCY}")
    values = visitor.page.form("register").values
    assert {key: values[key] for key in ("nik", "name", "kk", "email")} == dict.fromkeys(
        ("nik", "name", "kk", "email"), ""
    )


@pytest.mark.req("SIN-14")
def test_an_empty_form_is_refused_at_every_question(visitor: CheckedClient) -> None:
    blank = dict.fromkeys(FORM, "") | {"consent": None}
    response = fill(visitor, **blank)
    assert response.status_code == 422
    for key in set(FORM) - {"consent", "address-province", "address-regency", "address-district", "address-village"}:
        assert f'href="#f-{key}"' in response.text, key
    assert 'href="#f-address' in response.text
    assert 'href="#f-consent"' in response.text
    assert find_newest() is None


@pytest.mark.req("SIN-14")
@pytest.mark.parametrize("nik", ["990101450890001", "99010145089000112", "99010145089000AB"])
def test_a_number_that_has_not_sixteen_digits_is_refused(visitor: CheckedClient, nik: str) -> None:
    assert fill(visitor, nik=nik).status_code == 422


@pytest.mark.req("SIN-14")
def test_a_birth_date_that_differs_from_the_number_is_told_and_taken(
    visitor: CheckedClient,
) -> None:
    response = fill(visitor, born_on="1990-08-06")
    assert response.status_code == 200
    assert "Tanggal lahir di NIK berbeda" in response.text
    assert "/daftar/dukcapil/perbaiki" in response.text


@pytest.mark.req("SIN-15")
def test_a_password_that_holds_the_name_is_refused_beside_its_rule(
    visitor: CheckedClient,
) -> None:
    response = fill(visitor, password="lestari 123456", password_again="lestari 123456")
    assert response.status_code == 422
    assert "memuat nama" in response.text
    assert "Paling sedikit 10 huruf atau angka" in response.text


def test_a_refused_form_keeps_everything_but_the_secrets(visitor: CheckedClient) -> None:
    response = fill(visitor, email="bukan email")
    assert response.status_code == 422
    assert visitor.page is not None
    values = visitor.page.form("register").values
    assert values["name"] == "DEWI LESTARI"
    assert values["address-village"] == VILLAGE
    assert values["password"] == "" == values["password_again"]
    assert PASSWORD not in response.text


@pytest.mark.req("SIN-16")
def test_a_wrong_sum_is_refused_and_no_sum_is_good_twice(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    assert visitor.page is not None
    used = visitor.page.form("register").values
    assert fill(visitor, captcha_answer="999").status_code == 422
    right = solve(read_sum(used["captcha_token"]))
    again = {"captcha_token": used["captcha_token"], "captcha_answer": right}
    assert fill(visitor, **again).status_code == 200
    assert fill(visitor, **again, nik="9901014508900012").status_code == 422


@pytest.mark.req("SIN-17")
def test_who_cannot_solve_sums_goes_another_way(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    page = visitor.submit(FORM, form="register", button=("_captcha", "none"))
    assert page.status_code == 200
    assert visitor.page is not None
    values = visitor.page.form("register").values
    assert "captcha_token" not in values
    assert values["name"] == "DEWI LESTARI"
    visitor.submit(FORM, form="register")
    visitor.submit({"code": sent_code()}, form=f"/daftar/{AGENCY}/kode")
    assert newest().state == "sent"


def test_another_sum_keeps_what_was_typed(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    visitor.submit(FORM, form="register", button=("_captcha", "other"))
    assert visitor.page is not None
    assert visitor.page.form("register").values["kk"] == FORM["kk"]


def test_places_are_chosen_level_by_level_without_a_script(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    assert visitor.page is not None
    assert visitor.page.form("register").values["address-regency"] == "33.26"
    page = visitor.submit(
        {"name": "DEWI", "address-district": "33.26.07"},
        form="register",
        button=("_refresh", "address"),
    )
    assert page.status_code == 200
    assert f'value="{VILLAGE}"' in page.text
    assert visitor.page.form("register").values["name"] == "DEWI"


def test_with_htmx_only_the_place_is_answered_so_passwords_stay_in_the_page(
    visitor: CheckedClient,
) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    assert visitor.page is not None
    values = visitor.page.form("register").values
    response = visitor.post(
        f"/daftar/{AGENCY}",
        data={**values, "address-district": "33.26.07", "_refresh": "address"},
        headers={"HX-Request": "true"},
    )
    assert response.headers["HX-Retarget"] == "#place-address"
    assert VILLAGE in response.text
    assert "password" not in response.text


@pytest.mark.req("XCT-06")
def test_the_consent_is_kept_with_its_version_and_time(visitor: CheckedClient) -> None:
    assert "Pelindungan Data Pribadi" in visitor.get(f"/daftar/{AGENCY}").text
    application = register(visitor)
    record = db.session.scalar(select(ConsentRecord).where(ConsentRecord.application_id == application.id))
    assert record is not None
    assert (record.key, record.version) == ("pendaftaran", "2026-11-01")
    assert record.given_at == MONDAY


def test_the_password_is_in_no_answer_and_no_submission(visitor: CheckedClient) -> None:
    application = register(visitor)
    kept = [row.values for row in db.session.scalars(select(Answers))]
    kept += [row.content for row in db.session.scalars(select(Submission))]
    assert PASSWORD not in str(kept)
    credential = db.session.get(Credential, application.account_id)
    assert credential is not None
    assert credential.password_hash.startswith("$argon2id$")


def test_pressing_register_twice_begins_one_registration(visitor: CheckedClient) -> None:
    visitor.get(f"/daftar/{AGENCY}")
    assert visitor.page is not None
    answer = sum_answer(visitor, "register")
    data = {**visitor.page.form("register").values, **FORM, "captcha_answer": answer}
    for _ in range(2):
        response = visitor.post(f"/daftar/{AGENCY}", data=data)
        assert response.headers["Location"].endswith("/kode")
    count = select(func.count()).select_from(Application)
    assert db.session.scalar(count) == 1


def test_going_back_and_mending_the_form_begins_no_second_registration(
    visitor: CheckedClient,
) -> None:
    fill(visitor, born_on="1990-08-06")
    page = fill(visitor)
    assert "Tanggal lahir di NIK berbeda" not in page.text
    assert db.session.scalar(select(func.count()).select_from(Application)) == 1


def test_a_second_registration_for_an_enrolled_number_looks_the_same_and_tells_its_owner(
    visitor: CheckedClient, siti: Any
) -> None:
    first = register(visitor)
    assert first.state == "sent"
    other = visitor.application.test_client()
    assert fill(other, nik=siti.nik, phone="081234567812").status_code == 200
    code = sent_code("+6281234567812")
    page = other.submit({"code": code}, form=f"/daftar/{AGENCY}/kode")
    assert "Pendaftaran berhasil" in page.text
    assert newest().state == "sent"
    told = db.session.scalars(select(Message).where(Message.template == "sudah-terdaftar")).all()
    assert {message.account_id for message in told} == {siti.account_id}


def test_a_claim_reserves_nothing(visitor: CheckedClient) -> None:
    register(visitor)
    proven = db.session.scalar(
        select(func.count()).select_from(LoginName).where(LoginName.proven_at.is_not(None), LoginName.agency == AGENCY)
    )
    assert proven == 0
