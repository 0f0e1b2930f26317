"""Families: one telephone and one mailbox for several people, or no mailbox at all."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Application, Message
from portal.operations import throttle
from tests.client import CheckedClient
from tests.journeys.joining import FORM, fill
from tests.people import AGENCY
from tests.web.registering import newest, officer_does, sent_code


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


def test_two_of_a_family_share_telephone_and_mailbox_and_messages_say_for_whom(visitor: CheckedClient) -> None:
    other = visitor.application.test_client()
    for client, nik, name in ((visitor, FORM["nik"], "DEWI LESTARI"), (other, "9901010508900013", "JOKO SUSILO")):
        throttle.forget_memory()
        assert fill(client, nik=nik, name=name).status_code == 200
        client.submit({"code": sent_code()}, form=f"/daftar/{AGENCY}/kode")
        officer_does(newest(), "approve")
    states = db.session.scalars(select(Application.state).where(Application.round > 0)).all()
    assert states == ["activating", "activating"]
    codes = [
        row.body or ""
        for row in db.session.scalars(select(Message).where(Message.template == "kode-hp").order_by(Message.id))
    ]
    assert ["Dewi" in codes[0], "Joko" in codes[1]] == [True, True]
    links = db.session.scalars(select(Message).where(Message.template == "aktivasi", Message.channel == "email")).all()
    assert {row.recipient for row in links} == {"dewi@example.com"}
    assert {name for row in links for name in re.findall(r"Halo (\w+)", row.body or "")} == {"Dewi", "Joko"}


def test_who_has_no_mailbox_says_so_and_hears_by_telephone(visitor: CheckedClient) -> None:
    assert fill(visitor, email="", **{"email-none": "yes"}).status_code == 200
    visitor.submit({"code": sent_code()}, form=f"/daftar/{AGENCY}/kode")
    officer_does(newest(), "approve")
    rows = db.session.scalars(select(Message).where(Message.template == "aktivasi")).all()
    assert {row.channel for row in rows} == {"whatsapp"}
    assert db.session.get_one(Account, newest().account_id).email is None


def test_who_says_neither_is_asked_again(visitor: CheckedClient) -> None:
    page = fill(visitor, email="")
    assert page.status_code == 422
    assert "#f-email" in page.text
