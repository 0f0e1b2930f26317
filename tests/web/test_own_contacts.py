"""Password, phone and e-mail of who is logged in, and the links by which an old contact says no."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Account, AccountChange, Credential, Enrolment, LoginName, Message, StoppedNumber
from portal.operations import throttle
from portal.operations.outbox import post_message
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.journeys.joining import log_in
from tests.people import AGENCY, PASSWORD
from tests.web.conftest import MONDAY, Citizen

NEW = "perahu kertas di sungai"
OLD_PHONE, NEW_PHONE = "+6281234500001", "+6281399900012"


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def account(who: Citizen) -> Account:
    db.session.remove()
    return db.session.get_one(Account, who.account_id)


def change_password(client: CheckedClient, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> Any:
    client.get("/akun/kata-kunci")
    return client.submit({"old_password": old, "password": new, "password_again": again}, form="password")


def ask_code(client: CheckedClient, number: str = "081399900012") -> Any:
    client.get("/akun/nomor-hp")
    return client.submit({"phone": number}, form="/akun/nomor-hp")


def sent_code() -> str:
    return outbox.code_in(outbox.messages("kode-ganti-hp", to=NEW_PHONE)[0])


def type_code(client: CheckedClient, code: str) -> Any:
    client.get("/akun/nomor-hp")
    return client.submit({"code": code}, form="/akun/nomor-hp/kode")


def change_phone(client: CheckedClient) -> Any:
    ask_code(client)
    return type_code(client, sent_code())


def stranger(site: Flask) -> CheckedClient:
    client = site.test_client()
    assert isinstance(client, CheckedClient)
    return client


@pytest.mark.req("SIN-36", "PAS-45")
def test_a_changed_password_is_the_only_one_that_logs_in(citizen: CheckedClient, siti: Citizen) -> None:
    page = change_password(citizen)
    assert page.request.path == f"/masuk/{AGENCY}"
    assert "kata kunci baru" in page.text
    assert citizen.get("/akun").status_code == 303
    assert log_in(citizen, PASSWORD, siti.nik).status_code == 422
    assert log_in(citizen, NEW, siti.nik).request.path == f"/instansi/{AGENCY}"


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [("bukan kata kunci", NEW, NEW), (PASSWORD, "pendek", "pendek"), (PASSWORD, NEW, "lain lagi"), (PASSWORD,) * 3],
)
def test_a_password_is_not_changed_by_mistake(
    citizen: CheckedClient, siti: Citizen, old: str, new: str, again: str
) -> None:
    before = db.session.get_one(Credential, siti.account_id).password_hash
    assert change_password(citizen, old, new, again).status_code == 422
    db.session.remove()
    assert db.session.get_one(Credential, siti.account_id).password_hash == before


def test_guessing_the_old_password_is_slowed_down(citizen: CheckedClient) -> None:
    states = [change_password(citizen, f"tebakan nomor {n}").status_code for n in range(6)]
    assert states[:3] == [422] * 3
    assert states[-1] == 429


@pytest.mark.req("SIN-34")
def test_the_code_goes_to_the_new_number(citizen: CheckedClient, siti: Citizen) -> None:
    assert "Kirim Kode" in citizen.get("/akun/nomor-hp").text
    page = ask_code(citizen)
    assert "Kode Aktivasi" in page.text
    assert "Simpan" in page.text
    sent = db.session.scalars(select(Message).where(Message.template == "kode-ganti-hp")).all()
    assert [(row.channel, row.recipient) for row in sent] == [("whatsapp", NEW_PHONE)]
    assert account(siti).phone == OLD_PHONE


@pytest.mark.req("SIN-35")
def test_the_old_number_stays_until_the_right_code_and_is_told(citizen: CheckedClient, siti: Citizen) -> None:
    ask_code(citizen)
    wrong = "000000" if sent_code() != "000000" else "111111"
    assert type_code(citizen, wrong).status_code == 422
    assert account(siti).phone == OLD_PHONE
    page = type_code(citizen, sent_code())
    assert "Nomor HP berhasil disimpan" in page.text
    assert account(siti).phone == NEW_PHONE
    assert outbox.messages("nomor-hp-diganti", to=OLD_PHONE)
    assert not outbox.messages("nomor-hp-diganti", to=NEW_PHONE)
    enrolment = db.session.scalars(select(Enrolment).where(Enrolment.account_id == siti.account_id)).one()
    assert enrolment.profile["phone"] == NEW_PHONE


@pytest.mark.req("SIN-35")
def test_five_wrong_codes_or_ten_minutes_end_the_code(citizen: CheckedClient, siti: Citizen) -> None:
    ask_code(citizen)
    code = sent_code()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        citizen.get("/akun/nomor-hp")
        citizen.submit({"code": wrong}, form="/akun/nomor-hp/kode")
    token = {"csrf_token": citizen.page.form("/akun/nomor-hp").values["csrf_token"]} if citizen.page else {}
    assert citizen.post("/akun/nomor-hp/kode", data=token | {"code": code}).status_code == 422
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        ask_code(citizen)
        code = sent_code()
    with clock.frozen(MONDAY + timedelta(minutes=13)):
        citizen.get("/akun/nomor-hp")
        assert citizen.post("/akun/nomor-hp/kode", data=token | {"code": code}).status_code == 422
    assert account(siti).phone == OLD_PHONE


def test_the_code_of_one_account_is_nothing_to_another(
    citizen: CheckedClient, other_citizen: CheckedClient, siti: Citizen, budi: Citizen
) -> None:
    ask_code(citizen)
    other_citizen.get("/akun/nomor-hp")
    assert other_citizen.page
    token = other_citizen.page.form("/akun/nomor-hp").values["csrf_token"]
    answer = other_citizen.post("/akun/nomor-hp/kode", data={"csrf_token": token, "code": sent_code()})
    assert answer.status_code == 422
    assert account(budi).phone != NEW_PHONE


def test_an_e_mail_counts_after_both_mailboxes_agreed(citizen: CheckedClient, site: Flask, siti: Citizen) -> None:
    citizen.get("/akun/email")
    citizen.submit({"email": "baru@example.com"}, form="email-change")
    new = outbox.path_in(outbox.messages("email-baru", channel="email", to="baru@example.com")[0])
    old = outbox.path_in(outbox.messages("email-lama", channel="email", to="0001@example.com")[0])
    other = stranger(site)
    assert other.get(new).headers["Referrer-Policy"] == "no-referrer"
    assert "kotak masuk yang lain" in other.submit(form="/email-baru", button=("answer", "yes")).text
    assert account(siti).email == "0001@example.com"
    other.get(old)
    assert "Email berhasil diganti" in other.submit(form="/email-baru", button=("answer", "yes")).text
    assert account(siti).email == "baru@example.com"
    assert other.get(new).status_code == 410
    assert outbox.messages("email-diganti", channel="email", to="0001@example.com")


def test_the_old_mailbox_can_refuse(citizen: CheckedClient, site: Flask, siti: Citizen) -> None:
    citizen.get("/akun/email")
    citizen.submit({"email": "baru@example.com"}, form="email-change")
    new = outbox.path_in(outbox.messages("email-baru", channel="email")[0])
    other = stranger(site)
    other.get(outbox.path_in(outbox.messages("email-lama", channel="email")[0]))
    assert "Tidak ada yang diubah" in other.submit(form="/email-baru", button=("answer", "no")).text
    assert other.get(new).status_code == 410
    assert account(siti).email == "0001@example.com"


def test_an_e_mail_that_is_somebodys_login_name_cannot_be_taken(
    citizen: CheckedClient, site: Flask, siti: Citizen, budi: Citizen
) -> None:
    digest = site.extensions["vault"].digest
    with transaction():
        for who, email in ((siti, "0001@example.com"), (budi, "baru@example.com")):
            db.session.add(
                LoginName(
                    account_id=who.account_id,
                    agency="bmkg",
                    kind="email",
                    digest=digest("email", email),
                    proven_at=clock.now(),
                )
            )
    citizen.get("/akun/email")
    citizen.submit({"email": "baru@example.com"}, form="email-change")
    other = stranger(site)
    for template in ("email-baru", "email-lama"):
        other.get(outbox.path_in(outbox.messages(template, channel="email")[0]))
        page = other.submit(form="/email-baru", button=("answer", "yes"))
    assert "tidak dapat dipakai" in page.text
    assert account(siti).email == "0001@example.com"


def test_not_me_puts_the_phone_back_and_locks_the_account(citizen: CheckedClient, site: Flask, siti: Citizen) -> None:
    change_phone(citizen)
    owner = stranger(site)
    path = outbox.path_in(outbox.messages("nomor-hp-diganti", to=OLD_PHONE)[0])
    assert owner.get(path).headers["Referrer-Policy"] == "no-referrer"
    assert account(siti).phone == NEW_PHONE
    assert "Akun Anda dikunci" in owner.submit(form=path).text
    assert account(siti).phone == OLD_PHONE
    assert citizen.get("/akun").status_code == 303
    assert db.session.get(Credential, siti.account_id) is None
    assert log_in(owner, PASSWORD, siti.nik).status_code == 422
    assert owner.get(path).status_code == 410


def test_not_me_undoes_what_was_changed_later_too_and_ends_those_links(
    citizen: CheckedClient, site: Flask, siti: Citizen
) -> None:
    change_phone(citizen)
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        ask_code(citizen, "081399900077")
        type_code(citizen, outbox.code_in(outbox.messages("kode-ganti-hp", to="+6281399900077")[0]))
    first = outbox.path_in(outbox.messages("nomor-hp-diganti", to=OLD_PHONE)[0])
    thief = outbox.path_in(outbox.messages("nomor-hp-diganti", to=NEW_PHONE)[0])
    owner = stranger(site)
    owner.get(first)
    owner.submit(form=first)
    assert account(siti).phone == OLD_PHONE
    assert owner.get(thief).status_code == 410
    assert all(change.undone_at for change in db.session.scalars(select(AccountChange)))


def test_not_me_works_for_24_hours(citizen: CheckedClient, site: Flask) -> None:
    change_phone(citizen)
    path = outbox.path_in(outbox.messages("nomor-hp-diganti", to=OLD_PHONE)[0])
    owner = stranger(site)
    with clock.frozen(MONDAY + timedelta(hours=23, minutes=59)):
        assert owner.get(path).status_code == 200
    with clock.frozen(MONDAY + timedelta(hours=24, minutes=1)):
        assert owner.get(path).status_code == 410


def test_news_of_what_was_sent_under_the_old_number_goes_to_the_new_one(citizen: CheckedClient, siti: Citizen) -> None:
    from portal.models import Application
    from portal.operations.outbox import contacts_of

    change_phone(citizen)
    registration = db.session.scalars(select(Application).where(Application.account_id == siti.account_id)).first()
    assert registration is not None
    assert contacts_of(registration, account(siti))[0] == NEW_PHONE


def tell(who: Citizen, dedupe: str) -> None:
    with transaction():
        post_message(
            "sudah-terdaftar",
            agency=AGENCY,
            account_id=who.account_id,
            to_phone=OLD_PHONE,
            to_email="0001@example.com",
            values={"first_name": "Siti", "link": "/masuk"},
            dedupe=dedupe,
        )


def stop_path() -> str:
    text = outbox.messages("sudah-terdaftar", to=OLD_PHONE)[0]
    return "/bukan-nomor-saya/" + text.split("/bukan-nomor-saya/")[1][:32]


def test_not_mine_stops_messages_to_a_recycled_number(site: Flask, siti: Citizen) -> None:
    tell(siti, "one")
    path, holder = stop_path(), stranger(site)
    page = holder.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Siti" not in page.text
    assert "tidak dikirim lagi" in holder.submit(form=path).text
    tell(siti, "two")
    states = {
        (row.dedupe_key, row.state, row.problem)
        for row in db.session.scalars(select(Message).where(Message.dedupe_key.like("two:%")))
    }
    assert ("two:whatsapp", "dead", "stopped") in states
    assert ("two:email", "queued", "") in states


def test_who_gave_the_number_up_proves_one_at_the_next_log_in(site: Flask, siti: Citizen) -> None:
    tell(siti, "one")
    holder = stranger(site)
    holder.get(stop_path())
    holder.submit(form="/bukan-nomor-saya")
    owner = stranger(site)
    log_in(owner, PASSWORD, siti.nik)
    page = owner.follow(owner.get("/akun"))
    assert page.request.path == "/akun/nomor-hp"
    assert "Buktikan dulu" in page.text
    assert owner.get("/permohonan").headers["Location"] == "/akun/nomor-hp"
    change_phone(owner)
    assert owner.get("/akun").status_code == 200
    assert account(siti).phone == NEW_PHONE


def test_a_number_is_stopped_for_one_account_only(site: Flask, siti: Citizen, budi: Citizen) -> None:
    tell(siti, "one")
    holder = stranger(site)
    holder.get(stop_path())
    holder.submit(form="/bukan-nomor-saya")
    tell(budi, "theirs")
    row = db.session.scalars(select(Message).where(Message.dedupe_key == "theirs:whatsapp")).one()
    assert row.state == "queued"
    assert len(db.session.scalars(select(StoppedNumber)).all()) == 1


def test_the_account_page_is_ordered_and_masks_the_contacts(citizen: CheckedClient, siti: Citizen) -> None:
    page = citizen.get("/akun")
    assert citizen.page
    for href in (
        "/akun/kata-kunci",
        "/akun/nomor-hp",
        "/akun/email",
        "/akun/perangkat",
        "/akun/foto",
        "/akun/data-saya",
    ):
        assert href in citizen.page.links()
    assert OLD_PHONE[3:] not in page.text
    assert "0001@example.com" not in page.text


@pytest.mark.parametrize("path", ["/akun/kata-kunci", "/akun/nomor-hp", "/akun/email", "/akun/foto"])
def test_a_visitor_is_asked_to_log_in_first(visitor: CheckedClient, path: str) -> None:
    assert "/masuk" in visitor.get(path).headers["Location"]
