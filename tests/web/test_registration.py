"""Registering: the form, the code, the receipt, the state, a refusal and doing it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import (
    Account,
    Answers,
    Application,
    ConsentRecord,
    Credential,
    LoginName,
    Message,
    Submission,
)
from portal.operations import throttle
from portal.operations.captchas import read_sum, solve
from portal.operations.perform import Payload, perform
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import AGENCY, OFFICERS, VILLAGE
from tests.web.conftest import MONDAY

PASSWORD = "payung merah di teras"
NIK = "9901014508900011"
FORM = {
    "nik": NIK,
    "name": "DEWI LESTARI",
    "kk": "9901010101200017",
    "birth_place": "Pekalongan",
    "born_on": "1990-08-05",
    "mother_name": "Siti Maryam",
    "address-province": "33",
    "address-regency": "33.26",
    "address-district": "33.26.07",
    "address-village": VILLAGE,
    "phone": "0812 3456 7811",
    "email": "dewi@example.com",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "consent": "yes",
}


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def sum_answer(client: CheckedClient, form: str) -> str:
    """What a person would type below the sum of a form on the last page."""
    assert client.page is not None
    return solve(read_sum(client.page.form(form).values["captcha_token"]))


def fill(client: CheckedClient, **changes: Any) -> Any:
    """Open the form and send it, with the sum solved."""
    client.get(f"/daftar/{AGENCY}")
    answer = sum_answer(client, "register")
    return client.submit({**FORM, "captcha_answer": answer, **changes}, form="register")


def sent_code(number: str = "+6281234567811") -> str:
    """The newest code that went to a number."""
    db.session.remove()
    bodies = [
        message.body
        for message in db.session.scalars(
            select(Message).where(Message.template == "kode-hp").order_by(Message.id.desc())
        )
        if message.recipient == number
    ]
    return re.findall(r"\d{6}", bodies[0] or "")[0]


def register(client: CheckedClient, **changes: Any) -> Application:
    """A registration that lies with the officers."""
    fill(client, **changes)
    client.submit({"code": sent_code()}, form=f"/daftar/{AGENCY}/kode")
    return newest()


def newest() -> Application:
    db.session.remove()
    found = db.session.scalar(
        select(Application).where(Application.kind == "registration").order_by(Application.id.desc()).limit(1)
    )
    assert found is not None
    return found


def officer_does(application: Application, action: str, reason: str = "") -> None:
    """An officer decides about a registration."""
    username = OFFICERS["registrar"][1]
    officer = db.session.scalar(select(Account.id).where(Account.name == OFFICERS["registrar"][0]))
    assert officer is not None, username
    with transaction():
        again = db.session.get(Application, application.id)
        assert again is not None
        actor = Actor("officer", officer, frozenset({"registrar"}))
        perform(again, action, actor, Payload(reason=reason))


def log_in(client: CheckedClient, password: str = PASSWORD, nik: str = NIK) -> Any:
    client.get(f"/masuk/{AGENCY}")
    return client.submit(
        {
            "login_name": nik,
            "password": password,
            "captcha_answer": sum_answer(client, "login"),
        },
        form="login",
    )


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


@pytest.mark.req("SIN-14")
def test_an_empty_form_is_refused_at_every_question(visitor: CheckedClient) -> None:
    blank = dict.fromkeys(FORM, "") | {"consent": None}
    response = fill(visitor, **blank)
    assert response.status_code == 422
    for key in ("nik", "name", "kk", "birth_place", "mother_name", "phone", "email", "password"):
        assert f'href="#f-{key}"' in response.text
    assert 'href="#f-consent"' in response.text
    assert newest_or_none() is None


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
    assert response.headers["HX-Retarget"] == "#place"
    assert VILLAGE in response.text
    assert "password" not in response.text


@pytest.mark.req("SIN-18")
def test_after_the_code_the_registration_waits_for_an_officer(visitor: CheckedClient) -> None:
    fill(visitor)
    assert newest().state == "draft"
    page = visitor.submit({"code": sent_code()}, form=f"/daftar/{AGENCY}/kode")
    application = newest()
    assert application.state == "sent"
    assert application.round == 1
    assert "Pendaftaran berhasil" in page.text
    assert application.code in page.text
    assert "Menunggu Verifikasi" in page.text
    assert "25 November 2026" in page.text


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


def test_five_wrong_codes_end_a_code(visitor: CheckedClient) -> None:
    fill(visitor)
    right = sent_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        page = visitor.submit({"code": wrong}, form=f"/daftar/{AGENCY}/kode")
        assert page.status_code == 422
    page = visitor.submit({"code": right}, form=f"/daftar/{AGENCY}/kode")
    assert "tidak berlaku lagi" in page.text
    assert newest().state == "draft"


def test_a_code_is_too_old_after_ten_minutes(visitor: CheckedClient) -> None:
    fill(visitor)
    with clock.frozen(MONDAY + timedelta(minutes=10)):
        page = visitor.submit({"code": sent_code()}, form=f"/daftar/{AGENCY}/kode")
    assert page.status_code == 422
    assert newest().state == "draft"


def test_another_code_ends_the_first_and_waits_a_minute(visitor: CheckedClient) -> None:
    fill(visitor)
    first = sent_code()
    assert visitor.submit(form="/kode/baru").status_code == 429
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        visitor.submit(form="/kode/baru")
        second = sent_code()
        if first != second:
            page = visitor.submit({"code": first}, form=f"/daftar/{AGENCY}/kode")
            assert page.status_code == 422
        visitor.submit({"code": second}, form=f"/daftar/{AGENCY}/kode")
    assert newest().state == "sent"


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


def test_pressing_the_last_button_twice_shows_the_same_receipt(visitor: CheckedClient) -> None:
    fill(visitor)
    code = sent_code()
    assert visitor.page is not None
    token = visitor.page.form("/kode").values["csrf_token"]
    for _ in range(2):
        response = visitor.post(f"/daftar/{AGENCY}/kode", data={"code": code, "csrf_token": token})
        assert response.headers["Location"].endswith("/berhasil")
    assert newest().round == 1


@pytest.mark.req("SIN-27")
def test_the_number_can_be_corrected_before_and_after_sending(visitor: CheckedClient) -> None:
    fill(visitor)
    later = MONDAY + timedelta(minutes=2)
    with clock.frozen(later):
        visitor.get(f"/daftar/{AGENCY}/nomor-hp")
        visitor.submit({"phone": "081234567899"}, form="/nomor-hp")
        account = db.session.get(Account, newest().account_id)
        assert account is not None
        assert account.phone == "+6281234567811"
        visitor.submit({"code": sent_code("+6281234567899")}, form=f"/daftar/{AGENCY}/kode")
        db.session.remove()
        account = db.session.get(Account, newest().account_id)
        assert account is not None
        assert account.phone == "+6281234567899"
    assert newest().state == "sent"


@pytest.mark.req("SIN-27")
def test_before_approval_one_sees_the_state_and_one_next_step_only(
    visitor: CheckedClient,
) -> None:
    application = register(visitor)
    page = log_in(visitor)
    assert page.request.path == f"/akun/pendaftaran/{application.code}"
    assert "Menunggu Verifikasi" in page.text
    assert NIK not in page.text
    assert NIK[-4:] in page.text
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        visitor.get(f"/daftar/{AGENCY}/nomor-hp")
        visitor.submit({"phone": "081234567899"}, form="/nomor-hp")
        code = sent_code("+6281234567899")
        page = visitor.submit({"code": code}, form=f"/daftar/{AGENCY}/kode")
    assert "Nomor HP Anda sudah terbukti" in page.text
    told = db.session.scalars(select(Message.template).where(Message.template == "nomor-hp-diganti")).all()
    assert told


@pytest.mark.req("SIN-27")
def test_the_state_is_told_for_code_and_number_together(visitor: CheckedClient) -> None:
    application = register(visitor)
    visitor.get(f"/daftar/{AGENCY}/status")
    page = visitor.submit({"login_name": NIK, "code": application.code.lower()}, form="status")
    assert "Menunggu Verifikasi" in page.text
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    page = visitor.submit({"login_name": NIK, "code": application.code}, form="status")
    assert "Tidak Disetujui" in page.text
    assert "Nama Ibu belum sesuai" in page.text


@pytest.mark.req("SIN-41")
def test_a_refusal_is_told_by_whatsapp(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    message = db.session.scalar(
        select(Message).where(Message.template == "pendaftaran-ditolak", Message.channel == "whatsapp")
    )
    assert message is not None
    assert message.recipient == "+6281234567811"
    assert "belum disetujui" in (message.body or "")


@pytest.mark.req("SIN-42")
def test_a_refused_person_sees_why_and_nothing_else_is_open(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    page = log_in(visitor)
    for words in ("NIK", "DEWI LESTARI", "Tidak Disetujui", "Nama Ibu belum sesuai", "Daftar Ulang"):
        assert words in page.text


@pytest.mark.req("SIN-43")
def test_registering_again_fixes_the_number_and_enters_the_queue(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    log_in(visitor)
    visitor.get(f"/daftar/{AGENCY}/perbaiki")
    assert visitor.page is not None
    values = visitor.page.form("register").values
    assert values["nik"] == NIK
    assert values["mother_name"] == "Siti Maryam"
    changes = {
        "nik": "9901014508900099",
        "mother_name": "Siti Mariam",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "consent": "yes",
        "captcha_answer": sum_answer(visitor, "register"),
    }
    visitor.submit(changes, form="register")
    again = newest()
    assert (again.code, again.state, again.round) == (application.code, "sent", 2)
    answers = db.session.scalars(
        select(Answers).where(Answers.application_id == again.id, Answers.step == "data-diri")
    ).one()
    assert answers.values["nik"] == NIK
    assert answers.values["mother_name"] == "Siti Mariam"


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


def newest_or_none() -> Application | None:
    db.session.remove()
    return db.session.scalar(select(Application).where(Application.kind == "registration").limit(1))
