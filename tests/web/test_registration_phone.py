"""The code that proves a telephone: right, wrong, too old, another one, and a corrected number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Account
from portal.operations import throttle
from tests.client import CheckedClient
from tests.journeys.joining import fill
from tests.people import AGENCY
from tests.web.conftest import MONDAY
from tests.web.registering import newest, sent_code


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


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


def test_pressing_the_last_button_twice_shows_the_same_receipt(visitor: CheckedClient) -> None:
    fill(visitor)
    code = sent_code()
    assert visitor.page is not None
    token = visitor.page.form("/kode").values["csrf_token"]
    for _ in range(2):
        response = visitor.post(f"/daftar/{AGENCY}/kode", data={"code": code, "csrf_token": token})
        assert response.headers["Location"].endswith("/berhasil")
    assert newest().round == 1


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
