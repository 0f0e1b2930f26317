"""One person, one account: who is logged in registers with a second agency by what that agency still needs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.models import Account, Application, Credential, Enrolment, Visit
from portal.operations.enrolments import grade_password
from portal.queries.answers import answers_of
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import AGENCY, log_in_citizen
from tests.small_agencies import (
    MAIL,
    browser,
    by_officer,
    newest,
    open_mail,
)
from tests.web.test_registration_by_officer import decide as approve_firm

LACKING = {"username": "siti.aminah", "consent": "yes"}


def visit_worth(account_id: int, assurance: int) -> None:
    """Let the account's visits be worth so much."""
    with transaction():
        db.session.execute(update(Visit).where(Visit.account_id == account_id).values(assurance=assurance))


@pytest.fixture
def logged_in(many: Flask, siti: Any) -> CheckedClient:
    """Siti, whom the civil registry has proven by officer and activation, logged in by its rule."""
    with transaction():
        db.session.execute(update(Enrolment).values(assurance=3))
    client = log_in_citizen(browser(many), siti.account_id)
    visit_worth(siti.account_id, 3)
    return client


def test_only_what_the_second_agency_lacks_is_asked(logged_in: CheckedClient, siti: Any) -> None:
    page = logged_in.get(f"/daftar/{MAIL}?jenis=person")
    assert "Sudah kami punya" in page.text
    assert "SITI AMINAH" in page.text
    assert siti.nik not in page.text, "numbers are masked"
    asked = logged_in.page.form("register").names
    assert "username" in asked
    assert not {"nik", "name", "mobile", "email", "password", "captcha_answer", "city-province"} & asked


def test_the_same_account_enrols_without_password_sum_or_second_account(logged_in: CheckedClient, siti: Any) -> None:
    before = db.session.get_one(Credential, siti.account_id).password_hash
    logged_in.get(f"/daftar/{MAIL}?jenis=person")
    logged_in.submit(LACKING, form="register")
    found = newest()
    assert (found.account_id, found.state) == (siti.account_id, "confirming")
    given = {k: v for step in answers_of(found.id).values() for k, v in step.items()}
    assert (given["nik"], given["city"]) == (siti.nik, "33.26")
    email = db.session.get_one(Account, siti.account_id).email
    assert email is not None
    open_mail(logged_in, "konfirmasi", email)
    agencies = db.session.scalars(select(Enrolment.agency).where(Enrolment.account_id == siti.account_id)).all()
    assert set(agencies) == {AGENCY, MAIL}
    assert db.session.get_one(Credential, siti.account_id).password_hash == before
    assert db.session.get_one(Account, siti.account_id).name == "SITI AMINAH"


def test_what_is_known_cannot_be_posted_otherwise(logged_in: CheckedClient, siti: Any) -> None:
    logged_in.get(f"/daftar/{MAIL}?jenis=person")
    logged_in.submit(
        {**LACKING, "nik": "9901010203850002", "name": "ORANG LAIN", "email": "x@example.com"}, form="register"
    )
    given = {k: v for step in answers_of(newest().id).values() for k, v in step.items()}
    assert (given["nik"], given["name"]) == (siti.nik, "SITI AMINAH")


def test_a_log_in_by_a_weaker_rule_learns_nothing_of_a_stronger_enrolment(logged_in: CheckedClient, siti: Any) -> None:
    visit_worth(siti.account_id, 1)
    page = logged_in.get(f"/daftar/{MAIL}?jenis=person")
    assert "Sudah kami punya" not in page.text
    assert "PEKALONGAN" not in page.text
    assert siti.nik[-4:] not in page.text
    assert {"nik", "name", "mobile"} <= logged_in.page.form("register").names


def test_a_telephone_that_was_proven_needs_no_second_code(stranger: CheckedClient, many: Flask) -> None:
    by_officer(stranger)
    approve_firm(newest(), "approve")
    account_id = newest().account_id
    assert account_id is not None
    with transaction():
        account = db.session.get_one(Account, account_id)
        account.phone, account.phone_proven_at = "+6281234567855", clock.now()
    client = log_in_citizen(browser(many), account_id)
    visit_worth(account_id, 2)
    client.get(f"/daftar/{AGENCY}")
    assert "phone" not in client.page.form("register").names
    typed = {
        "nik": "9901014508900031",
        "name": "DEWI LESTARI",
        "kk": "9901010101200017",
        "birth_place": "Pekalongan",
        "born_on": "1990-08-05",
        "mother_name": "Siti Maryam",
        "address-province": "33",
        "address-regency": "33.26",
        "address-district": "33.26.07",
        "address-village": "33.26.07.2008",
        "consent": "yes",
    }
    page = client.submit(typed, form="register")
    assert page.request.path == f"/daftar/{AGENCY}/berhasil"
    assert newest().state == "sent"
    assert newest().account_id == account_id


def test_who_is_enrolled_already_begins_no_second_registration(logged_in: CheckedClient) -> None:
    page = logged_in.get(f"/daftar/{MAIL}?jenis=person")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    before = db.session.scalars(select(Application.id)).all()
    response = logged_in.post(f"/daftar/{AGENCY}", data={"csrf_token": token})
    assert response.headers["Location"].startswith("/akun/pendaftaran/")
    assert db.session.scalars(select(Application.id)).all() == before


def test_a_password_of_a_weaker_rule_does_not_climb_past_an_enrolment_it_may_not_open(siti: Any) -> None:
    with transaction():
        stronger = db.session.scalars(select(Enrolment)).one()
        stronger.assurance = 3
        credential = db.session.get_one(Credential, siti.account_id)
        credential.assurance = 1
        db.session.flush()
        grade_password(siti.account_id, 3, besides=0)
        assert credential.assurance == 1
        stronger.assurance = 1
        db.session.flush()
        grade_password(siti.account_id, 3, besides=0)
        assert credential.assurance == 3
