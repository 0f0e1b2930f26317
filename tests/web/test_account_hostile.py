"""What somebody with bad intentions tries at the doors of accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Application, Message
from portal.operations import credentials, throttle
from portal.operations.captchas import new_sum, solve
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import FORM, fill, log_in
from tests.people import AGENCY, PASSWORD
from tests.web.conftest import Citizen
from tests.web.registering import officer_does, register


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def told(text: str) -> str:
    """A page without what differs each time: tokens, sums, and the number that was typed."""
    text = re.sub(r'value="[^"]*"|content="[^"]*"', "", text)
    return re.sub(r"Berapa[^<]*|9901\d{12}", "", text)


def test_the_refusal_is_the_same_for_a_known_and_an_unknown_number(visitor: CheckedClient, siti: Citizen) -> None:
    known = log_in(visitor, "salah sekali ini", siti.nik)
    unknown = log_in(visitor, "salah sekali ini", "9901014508900077")
    assert known.status_code == unknown.status_code == 422
    assert told(known.text) == told(unknown.text)


def test_a_refusal_costs_the_same_hashes_for_a_known_and_an_unknown_number(
    visitor: CheckedClient, siti: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    matches = credentials._matches
    monkeypatch.setattr(credentials, "_matches", lambda *a: costs.append(1) or matches(*a))
    log_in(visitor, "salah sekali ini", siti.nik)
    known = len(costs)
    log_in(visitor, "salah sekali ini", "9901014508900077")
    assert known == len(costs) - known == credentials.CANDIDATES


def test_the_status_page_tells_nothing_without_the_fitting_pair(visitor: CheckedClient) -> None:
    application = register(visitor)
    answers = []
    for nik, code in (
        (FORM["nik"], "REG332600000000"),
        ("9901014508900077", application.code),
        ("9901014508900077", "REG332600000000"),
    ):
        visitor.get(f"/daftar/{AGENCY}/status")
        page = visitor.submit({"login_name": nik, "code": code}, form="status")
        assert page.status_code == 422
        answers.append(told(page.text))
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    "lanjut",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "http:evil.example",
    ],
)
def test_nobody_is_sent_to_another_site_after_logging_in(visitor: CheckedClient, siti: Citizen, lanjut: str) -> None:
    visitor.get(f"/masuk/{AGENCY}", query_string={"lanjut": lanjut})
    assert visitor.page is not None
    form = visitor.page.form("login")
    assert "lanjut" not in form.values
    shown = new_sum()
    fields = {
        "login_name": siti.nik,
        "password": PASSWORD,
        "captcha_token": shown.token,
        "captcha_answer": solve(shown),
        "lanjut": lanjut,
    }
    response = visitor.submit(fields, form="login", follow=False)
    assert response.headers["Location"] == f"/instansi/{AGENCY}"


def test_the_id_of_a_visit_changes_at_log_in_and_the_old_one_is_worth_nothing(
    visitor: CheckedClient, siti: Citizen, site: Flask
) -> None:
    visitor.get(f"/masuk/{AGENCY}")
    planted = visitor.get_cookie("loket")
    log_in(visitor, PASSWORD, siti.nik)
    fresh = visitor.get_cookie("loket")
    assert planted is not None
    assert fresh is not None
    assert planted.value != fresh.value
    thief = site.test_client()
    thief.set_cookie("loket", planted.value)
    assert thief.get("/akun").status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/masuk/dukcapil",
        "/keluar",
        "/daftar/dukcapil",
        "/daftar/dukcapil/kode",
        "/daftar/dukcapil/kode/baru",
        "/daftar/dukcapil/nomor-hp",
        "/daftar/dukcapil/perbaiki",
        "/daftar/dukcapil/status",
        "/akun/keluar-semua",
        "/aktivasi/" + "0" * 32,
    ],
)
def test_a_post_without_the_token_of_the_page_is_refused(visitor: CheckedClient, path: str) -> None:
    assert visitor.post(path, data={}).status_code == 400


def test_a_code_cannot_be_posted_for_a_registration_that_one_did_not_begin(visitor: CheckedClient, site: Flask) -> None:
    fill(visitor)
    stranger = site.test_client()
    stranger.get(f"/masuk/{AGENCY}")
    assert stranger.page is not None
    token = stranger.page.form("login").values["csrf_token"]
    response = stranger.post(f"/daftar/{AGENCY}/kode", data={"code": "000000", "csrf_token": token})
    assert response.headers["Location"] == f"/daftar/{AGENCY}"
    for path in ("/kode/baru", "/nomor-hp", "/perbaiki"):
        data = {"csrf_token": token, "phone": "081234567800"}
        assert stranger.post(f"/daftar/{AGENCY}{path}", data=data).status_code == 404


def test_the_registration_of_another_account_is_not_there(visitor: CheckedClient, citizen: CheckedClient) -> None:
    application = register(visitor)
    assert citizen.get(f"/akun/pendaftaran/{application.code}").status_code == 404


def test_a_sent_registration_cannot_be_changed_past_its_form(visitor: CheckedClient) -> None:
    register(visitor)
    visitor.get(f"/masuk/{AGENCY}")
    assert visitor.page is not None
    token = visitor.page.form("login").values["csrf_token"]
    shown = new_sum()
    data = {
        **FORM,
        "name": "ORANG LAIN",
        "csrf_token": token,
        "captcha_token": shown.token,
        "captcha_answer": solve(shown),
    }
    assert visitor.post(f"/daftar/{AGENCY}/perbaiki", data=data).status_code == 404


def test_before_approval_no_application_can_be_started(visitor: CheckedClient) -> None:
    register(visitor)
    log_in(visitor)
    before = db.session.scalar(select(func.count()).select_from(Application))
    assert visitor.page is not None
    token = visitor.page.form("/keluar").values["csrf_token"]
    start = f"/layanan/{AGENCY}/akta-kelahiran/baru"
    response = visitor.post(start, data={"csrf_token": token})
    assert response.headers["Location"] == f"/daftar/{AGENCY}"
    assert db.session.scalar(select(func.count()).select_from(Application)) == before


def test_a_refused_account_cannot_open_the_account_of_its_number(
    visitor: CheckedClient, siti: Citizen, site: Flask
) -> None:
    claim = register(visitor, nik=siti.nik)
    officer_does(claim, "refuse", "Bukan orang yang sama.")
    page = log_in(visitor, FORM["password"], siti.nik)
    assert "Tidak Disetujui" in page.text
    assert "SITI" not in page.text


def test_a_number_is_not_flooded_with_codes_from_many_registrations(visitor: CheckedClient, site: Flask) -> None:
    for _ in range(8):
        fill(site.test_client())
    sent = db.session.scalar(select(func.count()).select_from(Message).where(Message.template == "kode-hp"))
    assert sent == 5


def test_a_blocked_account_cannot_log_in(visitor: CheckedClient, siti: Citizen) -> None:
    with transaction():
        account = db.session.get(Account, siti.account_id)
        assert account is not None
        account.blocked_at = clock.now()
    assert log_in(visitor, PASSWORD, siti.nik).status_code == 422


def test_pages_ask_the_database_little(visitor: CheckedClient, citizen: CheckedClient, site: Flask) -> None:
    application = register(visitor)
    log_in(visitor)
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    pages = (
        (visitor, f"/akun/pendaftaran/{application.code}"),
        (visitor, f"/daftar/{AGENCY}/nomor-hp"),
        (visitor, f"/daftar/{AGENCY}/kode"),
        (citizen, "/akun"),
        (site.test_client(), f"/daftar/{AGENCY}"),
        (site.test_client(), f"/masuk/{AGENCY}"),
    )
    for client, path in pages:
        event.listen(db.engine, "before_cursor_execute", note)
        asked.clear()
        assert client.get(path).status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        queries = [words for words in asked if words.lstrip().upper().startswith("SELECT")]
        assert len(queries) <= 6, (path, len(queries), queries)


def test_a_forged_sum_is_refused(visitor: CheckedClient) -> None:
    shown = new_sum()
    forged = shown.token[:-1] + ("0" if shown.token[-1] != "0" else "1")
    for token in (forged, "", "a.b", "..", "x" * 4000, "é.1.2"):
        changes = {"captcha_token": token, "captcha_answer": solve(shown)}
        assert fill(visitor, **changes).status_code == 422
