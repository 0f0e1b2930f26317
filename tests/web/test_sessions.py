"""Sessions of citizens: where one is logged in, staying so, a new device, and *Bukan saya*."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.auth.devices import device_label
from portal.extensions import db
from portal.integrations.oidc import Identity
from portal.models import KnownPlace, Message, OutsideIdentity, Visit
from portal.operations import throttle
from portal.operations.outside import attach
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import log_in
from tests.people import AGENCY, PASSWORD
from tests.web.conftest import MONDAY, Citizen
from tests.web.test_forgotten_password import NEW, ask, link, set_password
from tests.web.test_guessing import address, attempt

ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.1 Mobile Safari/604.1"


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def browser(site: Flask, agent: str) -> CheckedClient:
    client = site.test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    assert isinstance(client, CheckedClient)
    return client


def enter(client: CheckedClient, who: Citizen) -> Any:
    return log_in(client, PASSWORD, who.nik)


def news(template: str = "masuk-perangkat-baru") -> list[Message]:
    db.session.remove()
    return list(db.session.scalars(select(Message).where(Message.template == template).order_by(Message.id)))


def disowning_link() -> str:
    """The path of the link in the newest message about a new device."""
    found = re.search(r"http://localhost(/masuk/bukan-saya/\w+)", news()[-1].body or "")
    assert found is not None
    return found[1]


@pytest.fixture
def stolen(site: Flask, siti: Citizen) -> CheckedClient:
    """A thief's browser, logged in with the right password after Siti had logged in on hers."""
    enter(browser(site, ANDROID), siti)
    thief = browser(site, FIREFOX)
    enter(thief, siti)
    assert thief.get("/akun").status_code == 200
    return thief


@pytest.mark.parametrize(
    ("agent", "label"),
    [(ANDROID, "Chrome, Android"), (FIREFOX, "Firefox, Windows"), (IPHONE, "Safari, iPhone"), ("curl/8", "")],
)
def test_a_browser_is_called_as_its_owner_calls_it(agent: str, label: str) -> None:
    assert device_label(agent) == label


def test_one_sees_where_one_is_logged_in_and_which_one_this_is(site: Flask, siti: Citizen) -> None:
    phone, office = browser(site, ANDROID), browser(site, FIREFOX)
    enter(phone, siti)
    enter(office, siti)
    words = phone.get("/akun/perangkat")
    assert "Chrome, Android" in words.text
    assert "Firefox, Windows" in words.text
    assert words.text.count("Perangkat ini") == 1


def test_one_device_is_logged_out_from_another(site: Flask, siti: Citizen) -> None:
    phone, office = browser(site, ANDROID), browser(site, FIREFOX)
    enter(phone, siti)
    enter(office, siti)
    phone.get("/akun/perangkat")
    phone.submit(form="/akun/perangkat/")
    assert office.get("/akun").status_code == 303
    assert phone.get("/akun").status_code == 200


def test_all_others_are_logged_out_at_once(site: Flask, siti: Citizen) -> None:
    phone, others = browser(site, ANDROID), [browser(site, FIREFOX) for _ in range(2)]
    for client in (phone, *others):
        enter(client, siti)
    phone.get("/akun/perangkat")
    assert "2 sesi lain" in phone.submit(form="keluar-lain").text
    assert [client.get("/akun").status_code for client in (phone, *others)] == [200, 303, 303]


def test_nobody_logs_somebody_else_out(citizen: CheckedClient, other_citizen: CheckedClient) -> None:
    citizen.get("/akun/perangkat")
    other_citizen.get("/akun/perangkat")
    assert other_citizen.page is not None
    token = other_citizen.page.form("/keluar").values["csrf_token"]
    from portal.operations.visits import visit_code

    db.session.remove()
    foreign = [visit_code(visit.id) for visit in db.session.scalars(select(Visit))]
    for code in foreign:
        other_citizen.post(f"/akun/perangkat/{code}/keluar", data={"csrf_token": token})
    assert citizen.get("/akun").status_code == 200


def test_a_page_says_when_the_session_ends_and_a_button_keeps_it(citizen: CheckedClient) -> None:
    page = citizen.get("/akun")
    assert "Anda keluar otomatis pada 23 Nov 2026 10.00" in page.text
    with clock.frozen(MONDAY + timedelta(minutes=59)):
        citizen.get("/akun")
        assert citizen.page is not None
    with clock.frozen(MONDAY + timedelta(minutes=80)):
        page = citizen.submit(form="/akun/lanjut")
        assert page.request.path == "/akun"
    with clock.frozen(MONDAY + timedelta(minutes=109)):
        assert citizen.get("/akun").status_code == 200
    with clock.frozen(MONDAY + timedelta(minutes=140)):
        assert citizen.get("/akun").status_code == 303


def test_with_htmx_only_the_line_is_answered_with_the_new_end(citizen: CheckedClient) -> None:
    citizen.get("/akun")
    assert citizen.page is not None
    token = citizen.page.form("/akun/lanjut").values["csrf_token"]
    headers = {"HX-Request": "true"}
    with clock.frozen(MONDAY + timedelta(minutes=50)):
        answer = citizen.post("/akun/lanjut", data={"csrf_token": token}, headers=headers)
    assert 'data-left="1800"' in answer.text
    assert "<html" not in answer.text


def test_a_session_is_not_kept_without_its_token(citizen: CheckedClient) -> None:
    for path in ("/akun/lanjut", "/akun/perangkat/keluar-lain", "/akun/masuk-luar/google", f"/masuk/{AGENCY}"):
        assert citizen.post(path).status_code == 400


def test_the_first_device_is_no_news_and_a_second_one_is(site: Flask, siti: Citizen) -> None:
    phone = browser(site, ANDROID)
    enter(phone, siti)
    assert news() == []
    enter(browser(site, FIREFOX), siti)
    told = news()
    assert {message.channel for message in told} == {"whatsapp", "email", "inbox"}
    body = told[0].body or ""
    assert "Firefox, Windows" in body
    assert siti.nik not in body
    phone.get("/akun")
    phone.submit(form="/keluar")
    enter(phone, siti)
    assert len(news()) == len(told)


def test_looking_at_the_link_closes_nothing(stolen: CheckedClient, visitor: CheckedClient) -> None:
    page = visitor.get(disowning_link())
    assert "Bukan saya" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert stolen.get("/akun").status_code == 200


def test_not_me_ends_every_session_and_the_password(
    stolen: CheckedClient, visitor: CheckedClient, siti: Citizen
) -> None:
    with transaction():
        attach(siti.account_id, Identity("google", "https://accounts.example", "1", email="pencuri@example.com"))
    visitor.get(disowning_link())
    page = visitor.submit(form="bukan-saya")
    assert page.request.path.startswith(f"/masuk/{AGENCY}/lupa") or "kata-kunci" in page.request.path
    assert stolen.get("/akun").status_code == 303
    assert enter(stolen, siti).status_code == 422
    assert enter(visitor, siti).status_code == 422
    assert db.session.scalars(select(KnownPlace)).all() == []
    assert db.session.scalars(select(OutsideIdentity)).all() == []


def test_the_link_works_once_and_for_a_week(stolen: CheckedClient, visitor: CheckedClient) -> None:
    link = disowning_link()
    with clock.frozen(MONDAY + timedelta(days=8)):
        assert visitor.get(link).status_code == 410
    visitor.get(link)
    visitor.submit(form="bukan-saya")
    assert visitor.get(link).status_code == 410
    assert visitor.get("/masuk/bukan-saya/" + "0" * 32).status_code == 410


def test_an_account_that_was_closed_is_refused_as_slowly_as_any(
    stolen: CheckedClient, visitor: CheckedClient, siti: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.operations import credentials

    visitor.get(disowning_link())
    visitor.submit(form="bukan-saya")
    costs: list[int] = []
    matches = credentials._matches
    monkeypatch.setattr(credentials, "_matches", lambda *a: costs.append(1) or matches(*a))
    enter(visitor, siti)
    assert len(costs) == credentials.CANDIDATES


def test_pages_of_devices_ask_the_database_little(citizen: CheckedClient, site: Flask) -> None:
    from sqlalchemy import event

    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    citizen.get("/akun/perangkat")
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for path, most in (("/akun/perangkat", 4), ("/akun/masuk-luar", 4)):
            asked.clear()
            assert citizen.get(path).status_code == 200
            assert len([one for one in asked if one.lstrip().upper().startswith("SELECT")]) <= most, asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_under_attack_the_way_in_from_a_new_place_is_a_new_password(visitor: CheckedClient, siti: Citizen) -> None:
    """Strangers have used up the allowance of strangers; whoever reads her messages is none."""
    for number in range(throttle.STRANGERS_FREE + 3):
        attempt(siti.nik, "salah sekali ini", address(number))
    assert enter(visitor, siti).status_code == 429
    ask(visitor, siti)
    set_password(visitor, link())
    assert log_in(visitor, NEW, siti.nik).status_code == 200
