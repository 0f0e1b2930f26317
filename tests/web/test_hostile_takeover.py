"""Thieves of an account: an unlocked phone, a mailbox alone, links of old changes, a weaker agency, one officer twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import NotAllowed
from portal.extensions import db
from portal.jobs.accounts import end_recoveries
from portal.models import Account, Credential, DataRequest, Enrolment, Message, Officer, Recovery
from portal.operations import clashing, throttle
from portal.operations.contacts import check_phone_code, send_phone_code
from portal.operations.duties import Wish, begin_duty
from portal.operations.officers import keep_numbers
from portal.operations.outbox import post_message
from portal.operations.registrations import Filled, begin_registration
from portal.operations.second_admin import give_duty
from portal.queries.catalogue import catalogue, declared_for
from portal.queries.facts import is_phone_proven
from portal.queries.officers import is_same_person
from portal.queries.registrations import get_registration_form
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.journeys.joining import log_in
from tests.people import AGENCY, PASSWORD, log_in_citizen
from tests.small_agencies import browser, by_mail, newest
from tests.web.conftest import MONDAY, Citizen
from tests.web.officers import LAST, account_of, client_of, new_officer
from tests.web.test_own_contacts import (
    OLD_PHONE,
    account,
    ask_code,
    change_password,
    change_phone,
    sent_code,
    stranger,
    type_code,
)
from tests.web.test_recovery import confirm, record

LATER = MONDAY + timedelta(minutes=11)
THIEF = "081399900077"


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def set_by_mail(who: Citizen) -> None:
    """Her password was set anew by the rule of an agency that knows her by e-mail alone."""
    with transaction():
        db.session.execute(update(Credential).where(Credential.account_id == who.account_id).values(assurance=1))


def press(client: CheckedClient, path: str) -> Any:
    client.get(path)
    return client.submit(form=path)


def ask_copy(client: CheckedClient) -> str:
    client.get("/akun/data-saya")
    client.submit({"password": PASSWORD}, form="salinan")
    run_pending_jobs()
    return db.session.scalars(select(DataRequest.code).order_by(DataRequest.id.desc())).first() or ""


# The thief of an unlocked phone: the old contact is in the same hand, so the password is asked for.
@pytest.mark.parametrize(
    ("page", "field", "typed"), [("nomor-hp", "phone", THIEF), ("email", "email", "x@example.com")]
)
def test_an_unlocked_phone_changes_no_contact_without_the_password(
    citizen: CheckedClient, siti: Citizen, page: str, field: str, typed: str
) -> None:
    form = "/akun/nomor-hp" if field == "phone" else "email-change"
    with clock.frozen(LATER):
        citizen.get(f"/akun/{page}")
        refused = citizen.submit({field: typed}, form=form)
        assert refused.status_code == 422
        assert "sedang dipegang orang lain" in refused.text
        assert typed in refused.text, "what was typed stays"
        assert citizen.submit({field: typed, "password": "tebakan si pencuri"}, form=form).status_code == 422
        assert not outbox.messages("kode-ganti-hp")
        assert not outbox.messages("email-baru", channel="email")
        assert citizen.submit({field: typed, "password": PASSWORD}, form=form).status_code == 200
    assert outbox.messages("kode-ganti-hp") or outbox.messages("email-baru", channel="email")
    assert account(siti).phone == OLD_PHONE


def test_the_password_is_not_guessed_at_an_unlocked_phone(citizen: CheckedClient) -> None:
    with clock.frozen(LATER):
        states = []
        for n in range(6):
            citizen.get("/akun/nomor-hp")
            states.append(
                citizen.submit({"phone": THIEF, "password": f"tebakan {n}"}, form="/akun/nomor-hp").status_code
            )
    assert states[:3] == [422] * 3
    assert states[-1] == 429


# Two changes: the thief's own link must not end that of the owner.
@pytest.mark.parametrize("second", ["phone", "password"])
def test_a_thief_who_changes_twice_does_not_end_the_owners_link(
    citizen: CheckedClient, site: Flask, siti: Citizen, second: str
) -> None:
    change_phone(citizen)
    owners = outbox.path_in(outbox.messages("nomor-hp-diganti", to=OLD_PHONE)[0])
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        if second == "phone":
            ask_code(citizen, THIEF)
            type_code(citizen, outbox.code_in(outbox.messages("kode-ganti-hp", to="+6281399900077")[0]))
            thiefs = outbox.path_in(outbox.messages("nomor-hp-diganti", to="+6281399900012")[0])
        else:
            change_password(citizen)
            thiefs = outbox.path_in(outbox.messages("kata-kunci-diganti", to="+6281399900012")[0])
        press(stranger(site), thiefs)
        owner = stranger(site)
        assert owner.get(owners).status_code == 200
        press(owner, owners)
    assert account(siti).phone == OLD_PHONE


def test_a_new_password_ends_the_change_of_contact_that_a_thief_began(
    citizen: CheckedClient, site: Flask, siti: Citizen
) -> None:
    with transaction():
        db.session.get_one(Account, siti.account_id).email = None
    citizen.get("/akun/email")
    citizen.submit({"email": "maling@example.com"}, form="email-change")
    thiefs = outbox.path_in(outbox.messages("email-baru", channel="email", to="maling@example.com")[0])
    change_password(log_in_citizen(site.test_client(), siti.account_id))
    assert stranger(site).get(thiefs).status_code == 410
    assert account(siti).email is None


# Recovery at the counter.
def test_after_a_recovery_the_thiefs_links_put_nothing_back(
    citizen: CheckedClient,
    site: Flask,
    siti: Citizen,
    registrar: CheckedClient,
    officer: Callable[[str], CheckedClient],
) -> None:
    change_phone(citizen)
    record(registrar, siti, phone="081355500055")
    confirm(officer("second-registrar"))
    with clock.frozen(MONDAY + timedelta(hours=23)):
        thief = log_in_citizen(site.test_client(), siti.account_id)
        ask_code(thief, THIEF)
        type_code(thief, outbox.code_in(outbox.messages("kode-ganti-hp", to="+6281399900077")[0]))
        thief.get("/akun/email")
        thief.submit({"email": "maling@example.com"}, form="email-change")
    back = outbox.path_in(outbox.messages("nomor-hp-diganti", to="+6281399900012")[0])
    mailed = outbox.path_in(outbox.messages("email-baru", channel="email")[0])
    with clock.frozen(MONDAY + timedelta(hours=24, minutes=1)):
        end_recoveries()
        assert stranger(site).get(back).status_code == 410
        assert stranger(site).get(mailed).status_code == 410
    assert account(siti).phone == "+6281355500055"


def test_one_officer_with_two_accounts_recovers_nobody(
    registrar: CheckedClient, officer: Callable[[str], CheckedClient], siti: Citizen
) -> None:
    with transaction():
        for username in ("rina", "roni"):
            keep_numbers(account_of(username), "9901010101700001", "9901010101700009")
    record(registrar, siti)
    refused = confirm(officer("second-registrar"))
    assert refused.status_code == 403
    db.session.remove()
    assert db.session.scalars(select(Recovery.state)).all() == ["recorded"]


def test_numbers_that_are_not_known_make_nobody_the_same_person(site: Flask) -> None:
    rina, roni = account_of("rina"), account_of("roni")
    assert not is_same_person(rina, roni)
    assert is_same_person(rina, rina)
    assert db.session.get_one(Officer, rina).nik_digest is None


def test_a_counter_that_proves_less_gives_no_account_away(registrar: CheckedClient, siti: Citizen) -> None:
    with transaction():
        first = db.session.scalars(select(Enrolment).where(Enrolment.account_id == siti.account_id)).one()
        first.assurance = 1
        db.session.add(
            Enrolment(
                account_id=siti.account_id,
                agency="imigrasi",
                assurance=3,
                application_id=first.application_id,
                profile={},
                enrolled_at=clock.now(),
            )
        )
    assert record(registrar, siti).status_code == 409
    assert db.session.scalar(select(Recovery)) is None


# A log-in of less worth, such as one whose password was set anew through a mailbox.
def test_a_weaker_log_in_takes_no_copy_of_what_it_does_not_open(visitor: CheckedClient, siti: Citizen) -> None:
    set_by_mail(siti)
    log_in(visitor, PASSWORD, siti.nik)
    code = ask_copy(visitor)
    copy = visitor.get(f"/akun/data-saya/salinan/{code}.json")
    assert siti.nik not in copy.get_data(as_text=True)
    assert json.loads(copy.data)["pendaftaran"] == []


def test_a_weaker_log_in_does_not_fetch_the_copy_of_a_stronger_one(
    citizen: CheckedClient, visitor: CheckedClient, siti: Citizen
) -> None:
    code = ask_copy(citizen)
    assert citizen.get(f"/akun/data-saya/salinan/{code}.json").status_code == 200
    set_by_mail(siti)
    log_in(visitor, PASSWORD, siti.nik)
    assert code not in visitor.get("/akun/data-saya").text
    assert visitor.get(f"/akun/data-saya/salinan/{code}.json").status_code == 404


def test_a_weaker_log_in_asks_for_no_deletion_elsewhere(visitor: CheckedClient, siti: Citizen) -> None:
    set_by_mail(siti)
    log_in(visitor, PASSWORD, siti.nik)
    visitor.get("/akun/data-saya")
    assert visitor.page is not None
    token = visitor.page.form("salinan").values["csrf_token"]
    fields = {"csrf_token": token, "agency": AGENCY, "kind": "delete"}
    assert visitor.post("/akun/data-saya/permintaan", data=fields).status_code == 422
    assert db.session.scalar(select(DataRequest)) is None


@pytest.mark.parametrize("path", ["/akun/nomor-hp", "/akun/nomor-hp/kode", "/akun/email"])
def test_a_weaker_log_in_changes_no_contact_by_which_the_stronger_password_is_set(
    visitor: CheckedClient, siti: Citizen, path: str
) -> None:
    set_by_mail(siti)
    log_in(visitor, PASSWORD, siti.nik)
    visitor.get("/akun")
    assert visitor.page is not None
    token = visitor.page.form("/keluar").values["csrf_token"]
    fields = {"csrf_token": token, "phone": THIEF, "email": "maling@example.com", "code": "123456"}
    refused = visitor.post(path, data=fields)
    assert refused.status_code == 403
    assert f"/masuk/{AGENCY}" in refused.text
    assert not outbox.messages("kode-ganti-hp")


def test_a_weaker_log_in_reads_no_registration_and_no_news_of_the_stronger_agency(
    visitor: CheckedClient, siti: Citizen
) -> None:
    with transaction():
        post_message(
            "permintaan-data-dijawab",
            agency=AGENCY,
            account_id=siti.account_id,
            values={"first_name": "Siti", "link": "/akun/data-saya"},
            dedupe="hostile",
        )
    assert db.session.scalar(select(Message).where(Message.channel == "inbox")) is not None
    set_by_mail(siti)
    log_in(visitor, PASSWORD, siti.nik)
    page = visitor.get("/akun")
    assert "menjawab permintaan Anda" not in page.text
    assert visitor.page is not None
    answer = visitor.get(visitor.page.link("/akun/pendaftaran/"))
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/masuk/{AGENCY}")


def test_registering_elsewhere_changes_no_number_of_an_account_that_is_known_already(
    many: Flask, siti: Citizen
) -> None:
    form = get_registration_form(AGENCY)
    steps = {
        step.key: {form.rules.phone: "+6281399900077"}
        for step in form.service.steps
        if any(field.key == form.rules.phone for field in getattr(step, "fields", ()))
    }
    with transaction():
        application = begin_registration(form, Filled(steps, "", ""), account_id=siti.account_id)
        send_phone_code(application, "+6281399900077")
    code = outbox.code_in(outbox.messages("kode-hp", to="+6281399900077")[0])
    with transaction():
        application = db.session.merge(application)
        assert check_phone_code(application, code).outcome == "right"
    assert is_phone_proven(application, declared_for(application))
    assert account(siti).phone == OLD_PHONE


def test_the_copy_holds_no_link_and_no_code_that_proves_a_mailbox(citizen: CheckedClient, siti: Citizen) -> None:
    ask_code(citizen)
    secret = sent_code()
    citizen.get("/akun/email")
    citizen.submit({"email": "maling@example.com"}, form="email-change")
    links = [outbox.path_in(outbox.messages(key, channel="email")[0]) for key in ("email-lama", "email-baru")]
    code = ask_copy(citizen)
    copy = citizen.get(f"/akun/data-saya/salinan/{code}.json").get_data(as_text=True)
    assert "Akun Anda di" in copy, "the messages are there"
    assert secret not in copy
    for link in links:
        assert link.rpartition("/")[2] not in copy


# An admin who wants more.
def test_an_admin_of_one_office_takes_no_factor_from_an_officer_of_the_whole_agency(site: Flask) -> None:
    offices = [office.code for office in catalogue().offices[AGENCY]]
    new_officer("kepala", "admin", office=offices[-1])
    new_officer("luas", "admin", office=offices[-1])
    with transaction():
        today = clock.today("Asia/Jakarta")
        begin_duty(account_of("luas"), Wish(AGENCY, "", "admin", today, LAST), Actor("system"))
    client = client_of(site, "kepala")
    code = db.session.scalars(select(Officer.code).where(Officer.id == account_of("luas"))).one()
    page = client.get(f"/petugas/tugas/petugas/{code}")
    assert page.status_code == 200
    assert client.page is not None
    token = client.page.form(code).values["csrf_token"]
    refused = client.post(f"/petugas/tugas/petugas/{code}", data={"csrf_token": token, "act": "reset"})
    assert refused.status_code == 404


def test_an_admin_gives_no_duty_to_their_own_second_account(site: Flask) -> None:
    new_officer("dua", "verifier")
    with transaction():
        for username in ("adi", "dua"):
            keep_numbers(account_of(username), "9901010101700001", "9901010101700009")
    wish = Wish(AGENCY, "", "registrar", clock.today("Asia/Jakarta"), LAST)
    with pytest.raises(NotAllowed), transaction():
        give_duty(account_of("dua"), wish, by=account_of("adi"))


# A stranger who only wants to know.
def test_an_unproven_mailbox_is_not_told_that_it_registered(many: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    by_mail(browser(many))
    application = newest()
    declared = declared_for(application)
    rules = declared.service.registration
    assert rules is not None
    # An agency that proves mailboxes first and has no offices: whoever types an address again asked who has it.
    service = declared.service.model_copy(update={"registration": rules.model_copy(update={"email_first": True})})
    looked_up: list[object] = []
    monkeypatch.setattr(clashing, "list_clashes", lambda *a, **_: looked_up.append(a) or [])
    clashing.check_mailbox_free(application, replace(declared, service=service))
    assert looked_up == []
