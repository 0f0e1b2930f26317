"""Lupa Password by each agency's rule: one answer for everybody, a link that works once, five tries behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Credential, Message, ResetWish, Visit
from portal.operations import credentials, throttle
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys import outbox
from tests.journeys.joining import log_in, sum_answer
from tests.people import AGENCY, PASSWORD
from tests.web.conftest import MONDAY, Citizen

ASK = f"/masuk/{AGENCY}/lupa"
KK = "9901010101200007"
NEW = "perahu kertas di sungai"
PHONE = "081234500001"


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def ask(client: CheckedClient, who: Citizen, **changes: str) -> Any:
    client.get(ASK)
    fields = {"nik": who.nik, "name": who.name, "phone": PHONE} | changes
    return client.submit(fields | {"captcha_answer": sum_answer(client, "forgotten")}, form="forgotten")


def without_token(page: Any) -> str:
    """The page but for its CSRF tokens, which carry the second in which they were made."""
    return re.sub(r"[\w-]{20,}\.[\w-]{6}\.[\w-]{20,}", "", page.text)


def link() -> str:
    run_pending_jobs()
    return outbox.path_in(outbox.messages("reset-kata-kunci")[0])


def set_password(client: CheckedClient, path: str, kk: str = KK, password: str = NEW, again: str = "") -> Any:
    client.get(path)
    return client.submit({"kk": kk, "password": password, "password_again": again or password}, form="reset")


@pytest.mark.req("SIN-37", "SIN-38")
def test_number_name_and_phone_that_all_fit_bring_a_link_by_whatsapp(visitor: CheckedClient, siti: Citizen) -> None:
    page = visitor.get(ASK)
    for words in ("NIK", "Nama Lengkap", "Nomor HP", "Berapa", "Proses"):
        assert words in page.text
    page = ask(visitor, siti)
    assert "link sedang dikirim" in page.text
    link()
    sent = db.session.scalars(select(Message).where(Message.template == "reset-kata-kunci")).all()
    assert {(row.channel, row.recipient) for row in sent} == {("whatsapp", "+6281234500001")}
    assert siti.nik not in (sent[0].body or "")
    assert "Siti" in (sent[0].body or "")


@pytest.mark.req("SIN-37", "SIN-39")
@pytest.mark.parametrize(
    "wrong", [{"nik": "9901014508900099"}, {"name": "ORANG LAIN"}, {"phone": "081299999999"}], ids=str
)
def test_what_fits_nobody_is_answered_alike_and_sends_nothing(
    visitor: CheckedClient, siti: Citizen, wrong: dict[str, str]
) -> None:
    right = without_token(ask(visitor, siti))
    run_pending_jobs()
    before = db.session.scalar(select(func.count()).select_from(Message))
    assert without_token(ask(visitor, siti, **wrong)) == right
    run_pending_jobs()
    assert db.session.scalar(select(func.count()).select_from(Message)) == before
    assert db.session.scalar(select(func.count()).select_from(ResetWish)) == 0


def test_the_request_does_the_same_work_whether_it_fits_or_not(
    visitor: CheckedClient, siti: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    for wrong in ({}, {"nik": "9901014508900099"}):
        visitor.get(ASK)
        fields = {"nik": siti.nik, "name": siti.name, "phone": PHONE} | wrong
        fields["captcha_answer"] = sum_answer(visitor, "forgotten")
        statements: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any, kept: list[str] = statements) -> None:
            kept.append(statement)

        from sqlalchemy import event

        event.listen(db.engine, "before_cursor_execute", note)
        visitor.submit(fields, form="forgotten", follow=False)
        event.remove(db.engine, "before_cursor_execute", note)
        seen.append(statements)
    assert seen[0] == seen[1]
    assert not any("account" in statement.lower().split("from", 1)[-1][:12] for statement in seen[0])


@pytest.mark.req("SIN-40")
def test_the_link_and_the_family_number_set_a_new_password_once(visitor: CheckedClient, siti: Citizen) -> None:
    ask(visitor, siti)
    path = link()
    page = visitor.get(path)
    assert "Nomor KK" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    page = set_password(visitor, path)
    assert page.request.path == f"/masuk/{AGENCY}"
    assert log_in(visitor, NEW, siti.nik).request.path == f"/instansi/{AGENCY}"
    assert visitor.get(path).status_code == 410
    assert visitor.post(path, data={"kk": KK}).status_code in (400, 410)


@pytest.mark.req("SIN-40")
def test_a_wrong_family_number_is_refused_and_the_fifth_ends_the_link(visitor: CheckedClient, siti: Citizen) -> None:
    ask(visitor, siti)
    path = link()
    for left in (4, 3, 2, 1):
        page = set_password(visitor, path, kk="9901010101200099")
        assert page.status_code == 422
        assert f"Sisa {left} kali" in page.text
    assert set_password(visitor, path, kk="9901010101200099").status_code == 410
    assert visitor.get(path).status_code == 410
    assert log_in(visitor, PASSWORD, siti.nik).request.path == f"/instansi/{AGENCY}"


def test_a_bad_password_behind_the_right_number_costs_no_try(visitor: CheckedClient, siti: Citizen) -> None:
    ask(visitor, siti)
    path = link()
    for password in ("pendek", "aminah aminah 2026"):
        for _ in range(4):
            assert set_password(visitor, path, password=password).status_code == 422
    assert set_password(visitor, path, again="bukan yang sama").status_code == 422
    assert set_password(visitor, path).request.path == f"/masuk/{AGENCY}"


def test_opening_the_link_burns_nothing_and_time_ends_it(visitor: CheckedClient, siti: Citizen) -> None:
    ask(visitor, siti)
    path = link()
    for _ in range(5):
        assert visitor.get(path).status_code == 200
    with clock.frozen(MONDAY + timedelta(minutes=61)):
        assert visitor.get(path).status_code == 410


def test_a_newer_link_ends_the_one_before(visitor: CheckedClient, siti: Citizen) -> None:
    ask(visitor, siti)
    first = link()
    ask(visitor, siti)
    second = link()
    assert first != second
    assert visitor.get(first).status_code == 410
    assert visitor.get(second).status_code == 200


def test_a_new_password_ends_every_session_and_is_worth_the_agencys_proof(
    citizen: CheckedClient, site: Flask, siti: Citizen
) -> None:
    with transaction():
        db.session.get_one(Credential, siti.account_id).assurance = 1
    stranger = site.test_client()
    assert isinstance(stranger, CheckedClient)
    ask(stranger, siti)
    set_password(stranger, link())
    assert citizen.get("/akun").status_code == 303
    db.session.remove()
    assert db.session.scalar(select(func.count()).where(Visit.account_id == siti.account_id)) == 0
    assert db.session.get_one(Credential, siti.account_id).assurance == 3
    told = db.session.scalars(select(Message).where(Message.template == "kata-kunci-diganti")).all()
    assert {row.channel for row in told} == {"whatsapp", "email"}


def test_one_name_gets_five_links_an_hour(visitor: CheckedClient, siti: Citizen) -> None:
    for _ in range(5):
        assert ask(visitor, siti).status_code == 200
    assert ask(visitor, siti).status_code == 429


def test_no_hash_is_made_for_an_unknown_link(visitor: CheckedClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(credentials, "hash_password", made.append)
    assert visitor.get("/kata-kunci/" + "0" * 32).status_code == 410
    assert made == []


@pytest.mark.req("PAS-11")
@pytest.mark.parametrize("name", ["siti4567", "siti@example.com"])
def test_an_agency_may_take_any_of_its_names_and_send_an_e_mail(visitor: CheckedClient, site: Flask, name: str) -> None:
    account_id = with_username(site, "imigrasi", "siti4567")
    path = "/masuk/imigrasi/lupa"
    page = visitor.get(path)
    assert "Username / E-mail" in page.text
    assert "KIRIM" in page.text
    visitor.submit({"reset_name": name, "captcha_answer": sum_answer(visitor, "forgotten")}, form="forgotten")
    run_pending_jobs()
    link_path = outbox.path_in(outbox.messages("reset-kata-kunci", channel="email", to="siti@example.com")[0])
    visitor.get(link_path)
    visitor.submit({"password": NEW, "password_again": NEW}, form="reset")
    assert visitor.get(link_path).status_code == 410
    db.session.remove()
    assert db.session.get_one(Credential, account_id).assurance == 1


@pytest.mark.req("SKK-15")
def test_a_company_sets_its_password_anew_by_a_mailed_link_that_works_once_and_ends(
    visitor: CheckedClient, site: Flask
) -> None:
    account_id = with_name(site, "kesehatan", "email", "siti@example.com", worth=2)
    visitor.get("/masuk/kesehatan")
    assert visitor.page is not None
    assert "/masuk/kesehatan/lupa" in visitor.page.links()
    links = []
    for _ in range(2):
        visitor.get("/masuk/kesehatan/lupa")
        question = next(
            name for name in visitor.page.form("forgotten").names if name.startswith("reset") or name == "email"
        )
        fields = {question: "siti@example.com", "captcha_answer": sum_answer(visitor, "forgotten")}
        visitor.submit(fields, form="forgotten")
        run_pending_jobs()
        links.append(outbox.path_in(outbox.messages("reset-kata-kunci", channel="email", to="siti@example.com")[0]))
    visitor.get(links[1])
    visitor.submit({"password": NEW, "password_again": NEW}, form="reset")
    assert credentials.check_password([account_id], NEW) == account_id
    assert [visitor.get(path).status_code for path in links] == [410, 410]
    visitor.get("/masuk/kesehatan/lupa")
    visitor.submit(fields | {"captcha_answer": sum_answer(visitor, "forgotten")}, form="forgotten")
    run_pending_jobs()
    late = outbox.path_in(outbox.messages("reset-kata-kunci", channel="email", to="siti@example.com")[0])
    with clock.frozen(MONDAY + timedelta(days=2)):
        assert visitor.get(late).status_code == 410


def with_username(site: Flask, agency: str, username: str) -> int:
    """An account with a registration and a user name at an agency that proves by mail."""
    return with_name(site, agency, "username", username, worth=1)


def with_name(site: Flask, agency: str, kind: str, name: str, *, worth: int) -> int:
    """An account with a registration and a name to log in with; worth: see engine.assurance."""
    from flask import current_app

    from portal.models import Enrolment, LoginName
    from portal.operations.applications import start_application
    from portal.queries.catalogue import catalogue

    with transaction():
        now = clock.now()
        account = Account(name="SITI AMINAH", created_at=now, email="siti@example.com")
        db.session.add(account)
        db.session.flush()
        service = catalogue().registration(agency)
        assert service is not None
        application = start_application(catalogue().agency(agency), service, account_id=account.id)
        digest = current_app.extensions["vault"].digest(kind, name)
        db.session.add(LoginName(account_id=account.id, agency=agency, kind=kind, digest=digest, proven_at=now))
        db.session.add(
            Enrolment(
                account_id=account.id,
                agency=agency,
                application_id=application.id,
                assurance=worth,
                profile={"name": "SITI AMINAH"},
                enrolled_at=now,
            )
        )
        credentials.set_password(account.id, PASSWORD)
        return account.id
