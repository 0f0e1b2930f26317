"""An officer registers somebody at the counter, who then activates with a password of their own (SIN-20)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Account, Answers, Application, ConsentRecord, Credential, Enrolment, Event, Message, Token
from portal.operations import throttle
from portal.operations.audit import verify_all
from portal.operations.tokens import ACTIVATION
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import FORM, log_in, sum_answer
from tests.people import AGENCY, OFFICERS, enrol_citizen
from tests.web.registering import newest
from tests.web.test_activation import link

PATH = f"/petugas/pendaftaran/{AGENCY}/baru"
PASSWORD = "perahu kertas di sungai"
TYPED = {key: value for key, value in FORM.items() if not key.startswith("password")}


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


def register(client: CheckedClient, **changes: Any) -> Any:
    client.get(PATH)
    return client.submit({**TYPED, **changes}, form="counter")


def activate(client: CheckedClient, path: str, **changes: str) -> Any:
    client.get(path)
    answer = sum_answer(client, "activation")
    fields = {"challenge": "siti maryam", "password": PASSWORD, "password_again": PASSWORD}
    return client.submit({**fields, "captcha_answer": answer, **changes}, form="activation")


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def registrations() -> int:
    return db.session.scalar(select(func.count()).where(Application.kind == "registration")) or 0


def officer_account(role: str = "registrar") -> int:
    found = db.session.scalar(select(Account.id).where(Account.name == OFFICERS[role][0]))
    assert found is not None
    return found


@pytest.mark.req("SIN-20")
def test_whom_an_officer_registers_gets_the_link_chooses_a_password_and_logs_in(
    registrar: CheckedClient, visitor: CheckedClient
) -> None:
    registrar.get("/petugas/pendaftaran")
    assert registrar.page.link("/baru") == PATH
    page = register(registrar)
    assert page.request.path == f"/petugas/permohonan/{newest().code}"
    assert "Terdaftar." in page.text
    assert newest().state == "activating"
    rows = db.session.scalars(select(Message).where(Message.template == "aktivasi")).all()
    assert {(row.channel, row.recipient) for row in rows} == {
        ("whatsapp", "+6281234567811"),
        ("email", "dewi@example.com"),
    }
    page = visitor.get(link())
    for words in ("Nama Ibu Kandung", "Kata Kunci", "Ulangi Kata Kunci", "Berapa", "Proses Aktivasi"):
        assert words in page.text
    assert activate(visitor, link()).request.path == f"/masuk/{AGENCY}"
    assert newest().state == "active"
    assert "Selamat datang DEWI LESTARI" in log_in(visitor, PASSWORD).text


@pytest.mark.req("SIN-20")
def test_the_desk_is_never_asked_for_a_password_or_a_sum(registrar: CheckedClient) -> None:
    page = registrar.get(PATH).text
    assert "Nama Ibu Kandung" in page
    assert "Kata Kunci" not in page
    assert "Berapa" not in page
    register(registrar, password="diketik petugas nakal", password_again="diketik petugas nakal")
    assert db.session.get(Credential, newest().account_id) is None
    stored = [row.values for row in db.session.scalars(select(Answers))]
    assert "nakal" not in str(stored)


@pytest.mark.req("SIN-20", "SIN-15")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"password": "pendek", "password_again": "pendek"}, "terlalu pendek"),
        ({"password_again": "lain sama sekali"}, "tidak sama"),
        ({"password": "", "password_again": ""}, "Isi Kata Kunci"),
        ({"password": "dewi lestari ya", "password_again": "dewi lestari ya"}, "memuat nama"),
    ],
)
def test_the_password_at_activation_obeys_the_rule(
    registrar: CheckedClient, visitor: CheckedClient, typed: dict[str, str], told: str
) -> None:
    register(registrar)
    page = activate(visitor, link(), **typed)
    assert page.status_code == 422
    assert told in page.text
    assert PASSWORD not in page.text
    assert "siti maryam" in page.text
    assert newest().state == "activating"
    assert db.session.scalars(select(Token.tries).where(Token.kind == ACTIVATION)).all() == [0]
    activate(visitor, link())
    assert newest().state == "active"


def test_a_wrong_name_of_the_mother_sets_no_password(registrar: CheckedClient, visitor: CheckedClient) -> None:
    register(registrar)
    page = activate(visitor, link(), challenge="Bukan Ibunya")
    assert page.status_code == 422
    assert "Sisa 4 kali" in page.text
    assert "Ketik kata kunci sekali lagi" in page.text
    assert db.session.get(Credential, newest().account_id) is None


@pytest.mark.req("SIN-20", "XCT-06")
def test_the_consent_is_kept_with_its_version_as_given_at_the_counter(registrar: CheckedClient, site: Flask) -> None:
    register(registrar)
    given = db.session.scalars(select(ConsentRecord)).one()
    assert (given.key, given.version) == ("pendaftaran", "2026-11-01")
    registrar.get(f"/petugas/permohonan/{newest().code}/riwayat")
    assert "Persetujuan versi 2026-11-01 diberikan pemohon di loket." in registrar.page.words()
    case = (Event.subject_type == "application", Event.subject_id == newest().id)
    events = db.session.scalars(select(Event).where(*case).order_by(Event.seq)).all()
    assert [event.action for event in events] == ["start", "enter", "consent"]
    assert {(event.actor_kind, event.actor_id) for event in events} == {("officer", officer_account())}
    assert [line for line in verify_all() if "anchor" not in line] == []


@pytest.mark.req("SIN-20")
def test_a_mistake_keeps_everything_that_was_typed(registrar: CheckedClient) -> None:
    page = register(registrar, kk="123", consent=None)
    assert page.status_code == 422
    assert "Bacakan pernyataan" in page.text
    kept = registrar.page.form("counter").values
    assert kept["kk"] == "123"
    assert {key: kept[key] for key in ("nik", "name", "mother_name", "email")} == {
        key: TYPED[key] for key in ("nik", "name", "mother_name", "email")
    }
    assert kept["address-village"] == TYPED["address-village"]
    assert registrations() == 0
    registrar.submit({"kk": TYPED["kk"], "consent": "yes"}, form="counter")
    assert registrations() == 1


def test_pressing_twice_registers_once(registrar: CheckedClient) -> None:
    registrar.get(PATH)
    typed = {**registrar.page.form("counter").values, **TYPED}
    first = registrar.post(PATH, data=typed)
    second = registrar.post(PATH, data=typed)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert registrations() == 1
    assert count(Message) == 2


def test_the_same_form_for_somebody_else_is_another_registration(registrar: CheckedClient) -> None:
    registrar.get(PATH)
    typed = {**registrar.page.form("counter").values, **TYPED}
    registrar.post(PATH, data=typed)
    registrar.post(PATH, data={**typed, "nik": "9901014508900012", "name": "RATNA"})
    assert registrations() == 2


def test_a_number_that_has_an_account_is_told_beside_it(registrar: CheckedClient, siti: Any) -> None:
    page = register(registrar, nik=siti.nik)
    assert page.status_code == 422
    assert "Sudah ada akun dengan nomor ini" in page.text
    assert registrations() == 1  # Siti's own.


@pytest.mark.req("SIN-20")
@pytest.mark.parametrize("role", ["verifier", "signer", "supervisor"])
def test_who_has_no_such_duty_finds_no_such_page(officer: Any, role: str) -> None:
    client = officer(role)
    client.get("/petugas/")
    token = client.page.form("keluar").values["csrf_token"]
    assert client.get(PATH).status_code == 404
    assert client.post(PATH, data={**TYPED, "csrf_token": token}).status_code == 404
    client.get("/petugas/pendaftaran")
    assert not [href for href in client.page.links() if href.endswith("/baru")]


def test_an_agency_where_the_officer_has_no_duty_is_not_found(registrar: CheckedClient) -> None:
    assert registrar.get("/petugas/pendaftaran/instansi-lain/baru").status_code == 404


@pytest.mark.req("SIN-20")
def test_nobody_registers_their_own_family(registrar: CheckedClient) -> None:
    with transaction():
        own = enrol_citizen("9901010203850099", "RINA", TYPED["kk"])
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.account_id == own)).one()
        enrolment.account_id = officer_account()
    assert register(registrar).status_code == 403
    assert registrations() == 1
