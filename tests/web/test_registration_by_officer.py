"""Registering where an officer's approval is the proof: at one office, told by mail, again after a refusal."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.engine.workflow import Actor
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Account, Application, Credential, Enrolment, Facet
from portal.operations.logins import standing_at
from portal.operations.perform import Payload, perform
from portal.queries.reach import roles_for
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.small_agencies import (
    DESK,
    FIRM,
    browser,
    by_officer,
    mails,
    newest,
)

TO = FIRM["email"]


def decide(application: Application, action: str, reason: str = "") -> None:
    db.session.remove()
    officer = db.session.scalar(select(Account.id).where(Account.name == "Olla Petugas"))
    with transaction():
        again = db.session.get_one(Application, application.id)
        perform(again, action, Actor("officer", officer, frozenset({"petugas"})), Payload(reason=reason))


@pytest.mark.req("SKK-09")
def test_the_chosen_office_receives_it_and_its_officers_alone(stranger: CheckedClient) -> None:
    by_officer(stranger)
    assert newest().office == "U1"

    class Duty:
        agency, role = DESK, "petugas"

        def __init__(self, office: str) -> None:
            self.office = office

    assert roles_for([Duty("U1")], newest()) == {"petugas"}
    assert roles_for([Duty("S1")], newest()) == frozenset()


@pytest.mark.req("SKK-06")
def test_a_post_of_another_harbour_is_refused(stranger: CheckedClient) -> None:
    page = by_officer(stranger, post="S1")
    assert page.status_code == 422
    assert "#f-post" in page.text
    assert db.session.scalar(select(Application)) is None


def test_posts_are_chosen_below_the_harbour_without_a_script(stranger: CheckedClient) -> None:
    stranger.get(f"/daftar/{DESK}")
    page = stranger.submit({"harbour": "S", "firm": "PT Laut"}, form="register", button=("_refresh", "post"))
    assert page.status_code == 200
    assert "Pos Selatan Satu" in page.text
    assert "Pos Utara Satu" not in page.text
    assert stranger.page.form("register").values["firm"] == "PT Laut"


@pytest.mark.req("SKK-10", "SKK-11")
def test_it_waits_and_one_mail_says_that_it_came(stranger: CheckedClient) -> None:
    page = by_officer(stranger)
    assert "Menunggu Aktivasi Petugas" in page.text
    assert newest().state == "sent"
    assert len(mails("diterima", TO)) == 1


@pytest.mark.req("SKK-12")
def test_approval_opens_the_account_and_tells_once(stranger: CheckedClient) -> None:
    by_officer(stranger)
    decide(newest(), "approve")
    assert len(mails("disetujui", TO)) == 1
    enrolment = db.session.scalars(select(Enrolment)).one()
    assert (enrolment.state, enrolment.assurance, enrolment.profile["permit"]) == ("active", 2, "IZIN-1")
    credential = db.session.get(Credential, enrolment.account_id)
    assert credential is not None
    assert credential.assurance == 2


@pytest.mark.req("SKK-13")
def test_before_approval_nobody_enters_and_the_reason_is_known(stranger: CheckedClient) -> None:
    by_officer(stranger)
    account_id = newest().account_id
    assert account_id is not None
    standing = standing_at(account_id, DESK)
    assert not standing.may_enter
    assert standing.state is not None
    assert standing.state.citizen == "Menunggu Aktivasi Petugas"
    decide(newest(), "approve")
    assert standing_at(account_id, DESK).may_enter


@pytest.mark.req("SKK-14")
def test_a_refusal_is_mailed_with_its_reason_and_one_may_register_again(stranger: CheckedClient, many: Flask) -> None:
    by_officer(stranger)
    decide(newest(), "refuse", "Nomor izin tidak ditemukan.")
    assert "Nomor izin tidak ditemukan." in mails("ditolak", TO)[0]
    stranger.get(f"/daftar/{DESK}/perbaiki")
    secrets = {key: FIRM[key] for key in ("password", "password_again", "consent")}
    stranger.submit({"permit": "IZIN-2", **secrets}, form="register")
    assert (newest().state, newest().round) == ("sent", 2)
    fresh = browser(many)
    by_officer(fresh, permit="IZIN-3")
    assert newest().round == 1


def test_a_mailbox_that_has_an_account_is_answered_as_always_and_cannot_be_approved(
    stranger: CheckedClient, many: Flask
) -> None:
    first = by_officer(stranger)
    decide(newest(), "approve")
    other = browser(many)
    again = by_officer(other, firm="PT Lain")
    assert first.request.path == again.request.path
    assert "Menunggu Aktivasi Petugas" in again.text
    assert len(mails("sudah-terdaftar", TO)) == 1
    with pytest.raises(Conflict):
        decide(newest(), "approve")
    assert newest().state == "sent"


def test_officers_filter_by_facets_that_hold_nothing_personal(stranger: CheckedClient) -> None:
    by_officer(stranger)
    kept = {row.key: row.value for row in db.session.scalars(select(Facet))}
    assert kept["harbour"] == "U"
    assert TO not in str(kept)


def test_pressing_twice_begins_one(stranger: CheckedClient) -> None:
    stranger.get(f"/daftar/{DESK}")
    data = {**stranger.page.form("register").values, **FIRM}
    for _ in range(2):
        stranger.post(f"/daftar/{DESK}", data=data)
    assert len(db.session.scalars(select(Application)).all()) == 1
