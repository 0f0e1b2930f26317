"""Whether somebody has an account is told neither by words nor by work: hashes and statements are counted, not seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal import clock
from portal.extensions import db
from portal.operations import credentials, throttle
from tests.client import CheckedClient
from tests.journeys import joining
from tests.people import AGENCY
from tests.web.conftest import MONDAY, Citizen
from tests.web.test_account_hostile import told

UNKNOWN = "9901014508900077"


class Work:
    """What one request made the server do."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.hashes = 0

    @property
    def shape(self) -> tuple[int, list[str]]:
        """Hashes, and the statements without their values."""
        return self.hashes, [statement.split(" ")[0] for statement in self.statements]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Count argon2 and every statement meanwhile."""
    work, matches = Work(), credentials._matches

    def match(*given: Any) -> bool:
        work.hashes += 1
        return matches(*given)

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        work.statements.append(statement)

    with monkeypatch.context() as patched:
        patched.setattr(credentials, "_matches", match)
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield work
        finally:
            event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


Ask = Callable[[CheckedClient, str, str], Any]


def log_in(client: CheckedClient, nik: str, name: str) -> Any:
    client.get(f"/masuk/{AGENCY}")
    typed = {"login_name": nik, "password": "salah sekali ini"}
    return typed | {"captcha_answer": joining.sum_answer(client, "login")}, "login"


def forgot(client: CheckedClient, nik: str, name: str) -> Any:
    client.get(f"/masuk/{AGENCY}/lupa")
    typed = {"nik": nik, "name": name, "phone": "081234500001"}
    return typed | {"captcha_answer": joining.sum_answer(client, "forgotten")}, "forgotten"


def status(client: CheckedClient, nik: str, name: str) -> Any:
    client.get(f"/daftar/{AGENCY}/status")
    return {"login_name": nik, "code": "REG332600000000"}, "status"


def register(client: CheckedClient, nik: str, name: str) -> Any:
    client.get(f"/daftar/{AGENCY}")
    typed = joining.FORM | {"nik": nik, "captcha_answer": joining.sum_answer(client, "register")}
    return typed, "register"


@pytest.mark.parametrize("ask", [log_in, forgot, status, register])
def test_a_known_and_an_unknown_person_get_the_same_words_for_the_same_work(
    site: Flask, siti: Citizen, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    answers, works = [], []
    for number, nik in enumerate(("9901014508900078", siti.nik, UNKNOWN)):
        client = site.test_client()
        # An hour apart, so that no allowance of the first is counted for the second.
        with clock.frozen(MONDAY + timedelta(hours=number)):
            throttle.forget_memory()
            typed, form = ask(client, nik, siti.name)
            with counted(monkeypatch) as work:
                answers.append(client.submit(typed, form=form, follow=False))
            works.append(work)
    # The first only fills what a process remembers.
    answers, works = answers[1:], works[1:]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].headers.get("Location") == answers[1].headers.get("Location")
    assert told(answers[0].text).replace(siti.nik, UNKNOWN) == told(answers[1].text)
    assert works[0].shape == works[1].shape


def test_sending_a_registration_for_a_known_number_answers_alike(site: Flask, siti: Citizen) -> None:
    pages = []
    for number, (nik, phone) in enumerate(((siti.nik, "081234500088"), (UNKNOWN, "081234500089"))):
        client = site.test_client()
        with clock.frozen(MONDAY + timedelta(hours=number)):
            joining.fill(client, nik=nik, phone=phone, email="orang@example.com")
            page = joining.prove_phone(client, "+62" + phone.removeprefix("0"))
        code = joining.newest_registration()
        pages.append((page.status_code, page.request.path, told(page.text).replace(code, "CODE")))
    assert pages[0][:2] == pages[1][:2]
    words = [page[2].split("CODE")[0] for page in pages]
    assert words[0] == words[1]


def test_many_registrations_from_one_network_have_to_wait(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.blueprints.account import registration

    monkeypatch.setattr(registration, "REGISTRATIONS_PER_NETWORK", 4)
    states = []
    for number in range(6):
        client = site.test_client()
        nik = f"99010145089000{number + 11}"
        states.append(joining.fill(client, nik=nik, phone=f"08123450{number:04}").status_code)
    assert states[:4] == [200] * 4
    assert states[4:] == [429] * 2


def test_an_officer_who_does_not_exist_costs_as_much_as_one_who_does(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    works, answers = [], []
    for username in ("vera", "tidak.ada"):
        client = site.test_client()
        client.get("/petugas/masuk")
        with counted(monkeypatch) as work:
            answers.append(client.submit({"username": username, "password": "salah sekali ini"}, form="login"))
        works.append(work)
    assert works[0].shape == works[1].shape
    assert told(answers[0].text).replace("vera", "x") == told(answers[1].text).replace("tidak.ada", "x")
