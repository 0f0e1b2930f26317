"""Activation: the link, the question behind it, and what a used or old link says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Account, Application, Enrolment, LoginName, Message
from portal.operations import throttle
from tests.client import CheckedClient
from tests.journeys.joining import NIK, log_in, sum_answer
from tests.people import AGENCY
from tests.web.conftest import MONDAY
from tests.web.registering import newest, officer_does, register


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


@pytest.fixture
def approved(visitor: CheckedClient) -> Application:
    """A registration that an officer approved; its link is in the outbox."""
    application = register(visitor)
    officer_does(application, "approve")
    return newest()


def link(channel: str = "whatsapp") -> str:
    """The path of the newest activation link."""
    db.session.remove()
    body = db.session.scalars(
        select(Message).where(Message.template == "aktivasi", Message.channel == channel).order_by(Message.id.desc())
    ).first()
    assert body is not None
    return re.findall(r"http://localhost(/aktivasi/[0-9a-f]{32})", body.body or "")[0]


def activate(client: CheckedClient, path: str, mother: str = "Siti Maryam"):
    client.get(path)
    fields = {"challenge": mother, "captcha_answer": sum_answer(client, "activation")}
    return client.submit(fields, form="activation")


@pytest.mark.req("SIN-19")
def test_approval_sends_the_link_to_the_saved_number_and_mailbox(approved: Application) -> None:
    assert approved.state == "activating"
    rows = db.session.scalars(select(Message).where(Message.template == "aktivasi")).all()
    assert {(row.channel, row.recipient) for row in rows} == {
        ("whatsapp", "+6281234567811"),
        ("email", "dewi@example.com"),
    }
    assert link("whatsapp") == link("email")
    assert NIK not in str([row.body for row in rows])


@pytest.mark.req("SIN-21", "SIN-23")
def test_the_right_name_opens_the_account(visitor: CheckedClient, approved: Application) -> None:
    page = visitor.get(link())
    assert "Nama Ibu Kandung" in page.text
    assert "Berapa" in page.text
    assert "Proses Aktivasi" in page.text
    assert "simpan dulu nomor" in page.text
    page = activate(visitor, link(), "siti  MARYAM")
    assert page.request.path == f"/masuk/{AGENCY}"
    assert "Akun Anda sudah aktif" in page.text
    enrolment = db.session.scalars(select(Enrolment)).one()
    assert enrolment.account_id == approved.account_id
    assert enrolment.state == "active"
    assert enrolment.profile["nik"] == NIK
    assert enrolment.profile["region"] == "33.26.07.2008"
    assert newest().state == "active"


@pytest.mark.req("SIN-21")
def test_a_wrong_name_is_refused_and_the_fifth_ends_the_link(visitor: CheckedClient, approved: Application) -> None:
    path = link()
    for left in (4, 3, 2, 1):
        page = activate(visitor, path, "Salah Nama")
        assert page.status_code == 422
        assert f"Sisa {left} kali" in page.text
    assert activate(visitor, path, "Salah Nama").status_code == 410
    assert visitor.get(path).status_code == 410
    assert newest().state == "activating"


def test_a_wrong_sum_costs_no_try(visitor: CheckedClient, approved: Application) -> None:
    path = link()
    for _ in range(6):
        visitor.get(path)
        fields = {"challenge": "Siti Maryam", "captcha_answer": "999"}
        assert visitor.submit(fields, form="activation").status_code == 422
    activate(visitor, path)
    assert newest().state == "active"


@pytest.mark.req("SIN-22")
def test_a_link_is_good_once(visitor: CheckedClient, approved: Application) -> None:
    path = link()
    activate(visitor, path)
    page = visitor.get(path)
    assert page.status_code == 410
    assert "tidak berlaku lagi" in page.text
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1


@pytest.mark.req("SIN-22")
def test_a_link_is_too_old_after_seven_days(visitor: CheckedClient, approved: Application) -> None:
    with clock.frozen(MONDAY + timedelta(days=7)):
        assert visitor.get(link()).status_code == 410


@pytest.mark.req("SIN-22")
def test_the_applicant_and_the_officer_can_have_it_sent_again(visitor: CheckedClient, approved: Application) -> None:
    first = link()
    officer_does(approved, "resend")
    second = link()
    assert visitor.get(first).status_code == 410
    assert log_in(visitor).request.path.startswith("/akun/pendaftaran/")
    visitor.submit(form="/link")
    third = link()
    assert len({first, second, third}) == 3
    assert visitor.get(second).status_code == 410
    activate(visitor, third)
    assert newest().state == "active"


def test_previews_of_the_link_burn_nothing(visitor: CheckedClient, approved: Application, site: Flask) -> None:
    path = link()
    for _ in range(3):
        robot = site.test_client()
        assert robot.get(path).status_code == 200
        assert robot.head(path).status_code == 200
    activate(visitor, path)
    assert newest().state == "active"


def test_the_address_of_the_link_is_told_to_nobody(visitor: CheckedClient, approved: Application) -> None:
    path = link()
    assert visitor.get(path).headers["Referrer-Policy"] == "no-referrer"
    assert visitor.get("/aktivasi/" + "0" * 32).headers["Referrer-Policy"] == "no-referrer"


def test_two_posts_of_one_link_open_the_account_once(
    visitor: CheckedClient, approved: Application, site: Flask
) -> None:
    path, other = link(), site.test_client()
    visitor.get(path)
    answer = sum_answer(visitor, "activation")
    activate(other, path)
    page = visitor.submit({"challenge": "Siti Maryam", "captcha_answer": answer}, form="activation")
    assert page.status_code == 410
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1


def test_approving_a_second_claim_of_a_proven_number_is_a_conflict_for_the_officer(
    visitor: CheckedClient, approved: Application, site: Flask
) -> None:
    other = site.test_client()
    first_code = approved.code
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        second = register(other)
    assert second.code != first_code
    with pytest.raises(Conflict):
        officer_does(second, "approve")
    assert newest().state == "sent"


def test_an_approval_taken_back_ends_the_link_and_frees_the_number(
    visitor: CheckedClient, approved: Application
) -> None:
    path = link()
    officer_does(approved, "stop", "Disetujui karena keliru.")
    assert visitor.get(path).status_code == 410
    proven = db.session.scalars(
        select(LoginName).where(LoginName.agency == AGENCY, LoginName.proven_at.is_not(None))
    ).all()
    assert proven == []


def test_activation_keeps_the_name_of_the_person(visitor: CheckedClient, approved: Application) -> None:
    activate(visitor, link())
    account = db.session.get(Account, approved.account_id)
    assert account is not None
    assert account.name == "DEWI LESTARI"
