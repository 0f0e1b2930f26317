"""Registering where a link in a mail is the proof: one press opens the account, and nothing is told on a screen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Application, ConsentRecord, Credential, Enrolment, LoginName
from tests.client import CheckedClient
from tests.small_agencies import (
    MAIL,
    PERSON,
    browser,
    by_mail,
    link_of,
    mails,
    newest,
    open_mail,
)
from tests.web.conftest import MONDAY

TO = PERSON["email"]


def confirm(client: CheckedClient) -> object:
    return open_mail(client, "konfirmasi", TO)


@pytest.mark.req("PTS-02")
def test_it_is_asked_first_who_registers_and_each_gets_a_form_of_their_own(stranger: CheckedClient) -> None:
    page = stranger.get(f"/daftar/{MAIL}")
    assert not stranger.page.has_form("register")
    assert {"jenis=person", "jenis=company"} <= {href.split("?")[-1] for href in stranger.page.links()}
    assert "Nama Perusahaan" not in stranger.get(f"/daftar/{MAIL}?jenis=person").text
    page = stranger.get(f"/daftar/{MAIL}?jenis=company")
    assert "Nama Perusahaan" in page.text
    assert "applicant" not in stranger.page.form("register").names, "the kind is fixed in the form"
    assert stranger.get(f"/daftar/{MAIL}?jenis=robot").status_code == 404


def test_the_other_kinds_questions_are_not_taken(stranger: CheckedClient) -> None:
    by_mail(stranger, firm="PT Selundup", applicant="company")
    kept = {k: v for step in _answers(newest()).values() for k, v in step.items()}
    assert kept["applicant"] == "person"
    assert "firm" not in kept


def test_a_company_without_its_own_answers_is_refused(stranger: CheckedClient) -> None:
    page = by_mail(stranger, "company")
    assert page.status_code == 422
    assert "#f-firm" in page.text
    assert stranger.page.form("register").values["jenis"] == "company"


@pytest.mark.req("PAS-09")
def test_the_mail_holds_a_link_of_32_signs_and_the_account_is_shut_until_it_is_pressed(
    stranger: CheckedClient,
) -> None:
    page = by_mail(stranger)
    assert "1 langkah lagi" in page.text
    assert newest().state == "confirming"
    assert re.fullmatch(r"/aktivasi/[0-9a-f]{32}", link_of("konfirmasi", TO))
    assert "RANI" not in page.text
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 0


@pytest.mark.req("PAS-10", "PTS-10")
def test_a_look_burns_nothing_and_a_press_opens_the_account_once(stranger: CheckedClient, many: Flask) -> None:
    by_mail(stranger)
    path = link_of("konfirmasi", TO)
    for _ in range(3):
        assert browser(many).get(path).status_code == 200
    assert newest().state == "confirming"
    page = confirm(browser(many))
    assert page.request.path == f"/masuk/{MAIL}"
    assert "Akun anda telah teraktifasi" in page.text
    enrolment = db.session.scalars(select(Enrolment)).one()
    assert (enrolment.kind, enrolment.assurance, enrolment.office) == ("person", 1, "")
    credential = db.session.get(Credential, enrolment.account_id)
    assert credential is not None
    assert credential.assurance == 1
    assert browser(many).get(path).status_code == 410


def test_a_link_is_too_old_after_its_days(stranger: CheckedClient) -> None:
    by_mail(stranger)
    with clock.frozen(MONDAY + timedelta(days=2)):
        assert stranger.get(link_of("konfirmasi", TO)).status_code == 410


def test_another_mail_ends_the_first_link_and_waits_a_minute(stranger: CheckedClient) -> None:
    by_mail(stranger)
    first = link_of("konfirmasi", TO)
    stranger.submit(form="/berhasil")
    assert stranger.submit(form="/berhasil").status_code == 429
    second = link_of("konfirmasi", TO)
    assert first != second
    assert stranger.get(first).status_code == 410
    assert stranger.get(second).status_code == 200


def test_a_mailbox_that_has_an_account_looks_the_same_on_the_screen(stranger: CheckedClient, many: Flask) -> None:
    first = by_mail(stranger)
    confirm(stranger)
    other = browser(many)
    again = by_mail(other, name="ORANG LAIN", nik="9901014508900022", username="orang.lain")
    assert _bare(first.text) == _bare(again.text)
    assert newest().state == "confirming"
    assert len(mails("konfirmasi", TO)) == 1, "no second link goes out"
    told = mails("sudah-terdaftar", TO)
    assert len(told) == 1
    assert "Rani" in told[0]
    other.submit(form="/berhasil")
    assert len(mails("konfirmasi", TO)) == 1


def test_of_two_links_to_one_mailbox_the_first_pressed_wins(stranger: CheckedClient, many: Flask) -> None:
    by_mail(stranger)
    one = link_of("konfirmasi", TO)
    other = browser(many)
    by_mail(other, nik="9901014508900022", username="orang.lain")
    two = link_of("konfirmasi", TO)
    stranger.get(two)
    stranger.submit()
    stranger.get(one)
    assert stranger.submit().status_code == 410
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1


def test_a_name_that_was_given_away_is_asked_again_behind_the_link_only(stranger: CheckedClient, many: Flask) -> None:
    by_mail(stranger)
    other = browser(many)
    page = by_mail(other, email="lain@example.com", nik="9901014508900022")
    assert page.status_code == 200
    assert "dipakai" not in page.text
    confirm(stranger)
    path = link_of("konfirmasi", "lain@example.com")
    assert "sudah dipakai orang lain" in other.get(path).text
    assert other.submit({"username": PERSON["username"]}).status_code == 422
    done = other.submit({"username": "lain.lagi"})
    assert done.request.path == f"/masuk/{MAIL}"
    assert db.session.scalar(select(func.count()).select_from(LoginName).where(LoginName.proven_at.is_not(None))) >= 2
    assert _answers(newest())["akun"]["username"] == "lain.lagi"


def test_a_press_past_the_page_with_a_taken_name_opens_nothing(stranger: CheckedClient, many: Flask) -> None:
    by_mail(stranger)
    other = browser(many)
    by_mail(other, email="lain@example.com", nik="9901014508900022")
    confirm(stranger)
    path = link_of("konfirmasi", "lain@example.com")
    other.get(path)
    token = other.page.form("/aktivasi").values["csrf_token"]
    assert other.post(path, data={"csrf_token": token}).status_code == 422
    assert newest().state == "confirming"


def test_somebody_elses_number_is_taken_from_nobody_by_a_mail(stranger: CheckedClient, many: Flask) -> None:
    """A link proves a mailbox; the NIK in the form stays a claim."""
    by_mail(stranger)
    confirm(stranger)
    other = browser(many)
    by_mail(other, email="lain@example.com", username="lain.lagi")
    page = open_mail(other, "konfirmasi", "lain@example.com")
    assert page.request.path == f"/masuk/{MAIL}"
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 2


def test_the_link_of_one_kind_opens_no_page_of_another(stranger: CheckedClient) -> None:
    by_mail(stranger)
    secret = link_of("konfirmasi", TO).rsplit("/", 1)[1]
    assert stranger.get(f"/akun-baru/{secret}").status_code == 410
    assert stranger.get(f"/daftar/{MAIL}/lanjut/{secret}").status_code == 410
    assert stranger.get(f"/aktivasi/{'0' * 32}").status_code == 410


@pytest.mark.req("XCT-06")
def test_every_registration_keeps_the_consent_with_version_and_time(stranger: CheckedClient) -> None:
    by_mail(stranger)
    record = db.session.scalars(select(ConsentRecord)).one()
    assert (record.agency, record.key, record.version, record.given_at) == (MAIL, "daftar", "1", MONDAY)


@pytest.mark.req("PAS-08")
def test_one_device_registers_one_account_where_the_agency_says_so(stranger: CheckedClient, many: Flask) -> None:
    from portal.operations.places import keep_setting
    from portal.transaction import transaction

    with transaction():
        keep_setting(MAIL, "one_account_per_device", "yes")
    by_mail(stranger)
    stranger.delete_cookie("loket")
    page = by_mail(stranger, email="lain@example.com", nik="9901014508900022", username="lain.lagi")
    assert page.status_code == 422
    assert "Perangkat ini sudah dipakai" in page.text
    assert db.session.scalar(select(func.count()).select_from(Application)) == 1
    assert by_mail(browser(many), email="lain@example.com", nik="9901014508900022").status_code == 200


def test_one_device_registers_many_where_nothing_is_said(stranger: CheckedClient) -> None:
    by_mail(stranger)
    stranger.delete_cookie("loket")
    assert by_mail(stranger, email="lain@example.com", nik="9901014508900022").status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Application)) == 2
    assert db.session.scalar(select(func.count()).select_from(Account).where(Account.email.is_not(None))) == 2


def _answers(application: Application) -> dict[str, dict[str, str]]:
    from portal.queries.answers import answers_of

    return answers_of(application.id)


def _bare(text: str) -> str:
    """A page without what differs from visit to visit: tokens and the code of the registration."""
    text = re.sub(r'(value|content)="[^"]{20,}"', "", text)
    return re.sub(r"SRT\d{8}", "", text)
