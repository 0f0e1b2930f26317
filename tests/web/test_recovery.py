"""Recovery at the counter: two officers, 24 hours in which an old contact may stop it, and the link after that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.jobs.accounts import end_recoveries
from portal.models import Account, Credential, Event, Message, Reading, Recovery
from portal.operations import throttle
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.journeys.joining import log_in
from tests.people import PASSWORD
from tests.web.conftest import MONDAY, Citizen

NEW_PHONE = "+6281399900012"
NEW = "perahu kertas di sungai"
KK = "9901010101200007"


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


@pytest.fixture
def second(officer: Callable[[str], CheckedClient]) -> CheckedClient:
    """Another officer of the same role."""
    return officer("second-registrar")


def look_up(client: CheckedClient, nik: str) -> Any:
    client.get("/petugas/pemulihan")
    return client.submit({"nik": nik}, form="/petugas/pemulihan")


def record(client: CheckedClient, who: Citizen, **changes: Any) -> Any:
    look_up(client, who.nik)
    fields = {"document": "ktp-el", "note": "Foto di KTP cocok.", "phone": "081399900012", "seen": "yes"}
    return client.submit(fields | changes, form="/petugas/pemulihan/orang")


def newest() -> Recovery:
    db.session.remove()
    return db.session.scalars(select(Recovery).order_by(Recovery.id.desc())).one()


def confirm(client: CheckedClient) -> Any:
    client.get(f"/petugas/pemulihan/{newest().code}")
    return client.submit(form="konfirmasi")


def account(who: Citizen) -> Account:
    db.session.remove()
    return db.session.get_one(Account, who.account_id)


def test_the_person_is_found_by_number_and_the_reading_is_kept(registrar: CheckedClient, siti: Citizen) -> None:
    page = look_up(registrar, siti.nik)
    assert "SITI AMINAH" in page.text
    assert siti.nik not in page.text
    assert siti.nik not in page.request.path
    assert [row.what for row in db.session.scalars(select(Reading).order_by(Reading.id))] == ["number", "detail"]
    assert look_up(registrar, "9901014508900099").status_code == 422


def test_two_officers_and_a_day_give_the_account_back(
    registrar: CheckedClient, second: CheckedClient, visitor: CheckedClient, siti: Citizen
) -> None:
    assert "Petugas lain" in record(registrar, siti).text
    assert newest().state == "recorded"
    confirm(second)
    assert newest().state == "confirmed"
    assert outbox.messages("pemulihan-diminta", to="+6281234500001")
    assert outbox.messages("pemulihan-diminta", channel="email", to="0001@example.com")
    with clock.frozen(MONDAY + timedelta(hours=23)):
        end_recoveries()
    assert account(siti).phone == "+6281234500001"
    with clock.frozen(MONDAY + timedelta(hours=24, minutes=1)):
        end_recoveries()
        end_recoveries()
        assert newest().state == "done"
        assert account(siti).phone == NEW_PHONE
        assert db.session.get(Credential, siti.account_id) is None
        links = outbox.messages("pemulihan-siap", to=NEW_PHONE)
        assert len(links) == 1
        visitor.get(outbox.path_in(links[0]))
        visitor.submit({"kk": KK, "password": NEW, "password_again": NEW}, form="reset")
        assert log_in(visitor, NEW, siti.nik).status_code == 200
    db.session.remove()
    assert db.session.get_one(Credential, siti.account_id).assurance == 3
    acts = set(db.session.scalars(select(Event.action)))
    assert {"recovery_record", "recovery_confirm", "recovery_finish"} <= acts


def test_the_same_officer_cannot_confirm(registrar: CheckedClient, siti: Citizen) -> None:
    record(registrar, siti)
    page = registrar.get(f"/petugas/pemulihan/{newest().code}")
    assert "petugas lain harus mengonfirmasi" in page.text
    assert registrar.page
    assert not registrar.page.has_form("konfirmasi")
    token = registrar.page.form("batal").values["csrf_token"]
    answer = registrar.post(f"/petugas/pemulihan/{newest().code}/konfirmasi", data={"csrf_token": token})
    assert answer.status_code == 403
    assert newest().state == "recorded"


def test_the_database_itself_refuses_one_person_twice(registrar: CheckedClient, siti: Citizen) -> None:
    record(registrar, siti)
    same = update(Recovery).values(confirmed_by=Recovery.recorded_by)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(same)


def test_an_old_contact_stops_it(
    registrar: CheckedClient, second: CheckedClient, visitor: CheckedClient, siti: Citizen
) -> None:
    record(registrar, siti)
    confirm(second)
    path = outbox.path_in(outbox.messages("pemulihan-diminta", to="+6281234500001")[0])
    assert visitor.get(path).headers["Referrer-Policy"] == "no-referrer"
    assert newest().state == "confirmed"
    assert "dihentikan" in visitor.submit(form=path).text
    assert newest().state == "stopped"
    with clock.frozen(MONDAY + timedelta(hours=25)):
        end_recoveries()
    assert newest().state == "stopped"
    assert account(siti).phone == "+6281234500001"
    assert log_in(visitor, PASSWORD, siti.nik).request.path == "/instansi/dukcapil"
    assert visitor.get(path).status_code == 410


def test_who_can_log_in_stops_it_on_the_account_page(
    registrar: CheckedClient, citizen: CheckedClient, siti: Citizen
) -> None:
    record(registrar, siti)
    assert "meminta akun Anda di loket" in citizen.get("/akun").text
    citizen.submit(form="/akun/pemulihan/hentikan")
    assert newest().state == "stopped"


def test_a_stopped_recovery_cannot_be_confirmed(
    registrar: CheckedClient, second: CheckedClient, citizen: CheckedClient, siti: Citizen
) -> None:
    record(registrar, siti)
    second.get(f"/petugas/pemulihan/{newest().code}")
    citizen.get("/akun")
    citizen.submit(form="/akun/pemulihan/hentikan")
    assert second.submit(form="konfirmasi").status_code == 409


def test_an_account_has_one_open_recovery(registrar: CheckedClient, second: CheckedClient, siti: Citizen) -> None:
    record(registrar, siti)
    assert record(second, siti).status_code == 409


@pytest.mark.parametrize(
    "lack", [{"seen": None}, {"document": ""}, {"note": ""}, {"phone": ""}, {"phone": "12"}], ids=str
)
def test_nothing_is_written_down_without_document_note_and_contact(
    registrar: CheckedClient, siti: Citizen, lack: dict[str, Any]
) -> None:
    assert record(registrar, siti, **lack).status_code == 422
    assert db.session.scalars(select(Recovery)).all() == []


@pytest.mark.parametrize("role", ["verifier", "signer"])
def test_other_roles_find_no_recovery(officer: Callable[[str], CheckedClient], siti: Citizen, role: str) -> None:
    assert officer(role).get("/petugas/pemulihan").status_code == 404


def test_nobody_recovers_their_own_account(registrar: CheckedClient, siti: Citizen) -> None:
    from portal.models import Enrolment
    from tests.people import OFFICERS

    with transaction():
        me = db.session.scalars(select(Account).where(Account.name == OFFICERS["registrar"][0])).one()
        db.session.scalars(select(Enrolment)).one().account_id = me.id
    assert record(registrar, siti).status_code == 403


def test_what_an_owner_undid_stands_before_the_officers(
    registrar: CheckedClient, citizen: CheckedClient, visitor: CheckedClient
) -> None:
    citizen.get("/akun/kata-kunci")
    citizen.submit({"old_password": PASSWORD, "password": NEW, "password_again": NEW}, form="password")
    path = outbox.path_in(outbox.messages("kata-kunci-diganti")[0])
    visitor.get(path)
    visitor.submit(form=path)
    page = registrar.get("/petugas/pemulihan")
    assert "bukan saya" in page.text
    assert "SITI AMINAH" in page.text


def test_no_message_of_a_recovery_holds_a_number(
    registrar: CheckedClient, second: CheckedClient, siti: Citizen
) -> None:
    record(registrar, siti)
    confirm(second)
    bodies = [row.body or "" for row in db.session.scalars(select(Message))]
    assert bodies
    assert not any(siti.nik in body or NEW_PHONE[3:] in body for body in bodies)
