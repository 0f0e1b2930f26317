"""Guessers and crowds: ten thousand addresses are one guesser, two thousand honest people at one address are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import insert, select

from portal import clock
from portal.extensions import db
from portal.models import Account, Credential, KnownPlace, LoginName
from portal.operations import credentials, logins, throttle
from portal.operations.credentials import hash_password
from portal.operations.logins import Place, Tried, login_question, remember_place, try_password
from portal.queries.registrations import get_registration_form
from portal.transaction import transaction
from tests.people import AGENCY, PASSWORD
from tests.queue_server import queue_server
from tests.web.conftest import MONDAY, Citizen

GUESSES = 10_000
CROWD = 2_000
WINDOW = timedelta(minutes=10)
HOME = Place("d" * 32, "198.51.100.7")
WRONG = "salah sekali ini"


@pytest.fixture(autouse=True)
def _counted_in(site: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counted in memory beside SQLite, and in Redis beside PostgreSQL: as one process and as many run."""
    throttle.forget_memory()
    if db.engine.dialect.name == "sqlite":
        yield
        return
    with queue_server() as redis:
        monkeypatch.setattr(throttle, "_redis", lambda _memory: redis)
        yield


@pytest.fixture
def siti_at_home(siti: Citizen) -> Citizen:
    """Siti, who has logged in on her phone, at home."""
    with transaction():
        remember_place(siti.account_id, HOME)
    return siti


def attempt(who: str, password: str, place: Place) -> Tried:
    """One try of the log-in page."""
    return try_password(AGENCY, login_question(get_registration_form(AGENCY)), who, password, place)


def address(number: int) -> Place:
    """A place that nobody met: each guess has an address and a browser of its own."""
    return Place(f"{number:032x}", f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")


def guess(nik: str, right_at: int, guesses: int = GUESSES) -> list[Tried]:
    """Guesses of one account from as many addresses, spread over ten minutes; one of them is right."""
    answers = []
    for number in range(guesses):
        with clock.frozen(MONDAY + WINDOW * number / guesses):
            answers.append(attempt(nik, PASSWORD if number == right_at else WRONG, address(number)))
    return answers


def test_ten_thousand_guesses_do_not_get_in_while_the_owner_does(
    siti_at_home: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    check = credentials.check_password
    monkeypatch.setattr(logins, "check_password", lambda *a: hashed.append(1) or check(*a))
    answers = guess(siti_at_home.nik, right_at=GUESSES // 2)
    assert not [answer for answer in answers if answer.account_id is not None]
    # Throttling comes before hashing: all but a handful cost nothing.
    assert len(hashed) == len([answer for answer in answers if answer.wait is None]) < 40
    with clock.frozen(MONDAY + WINDOW):
        known_device = attempt(siti_at_home.nik, PASSWORD, Place(HOME.device, "192.0.2.99"))
        new_device = attempt(siti_at_home.nik, PASSWORD, Place("e" * 32, HOME.network))
        assert known_device.account_id == new_device.account_id == siti_at_home.account_id
        assert attempt(siti_at_home.nik, PASSWORD, address(GUESSES + 1)).wait is not None


def test_without_the_strangers_counter_the_same_guesses_get_in(
    siti_at_home: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is this counter that keeps them out."""
    monkeypatch.setattr(throttle, "STRANGERS_FREE", GUESSES * 2)
    assert guess(siti_at_home.nik, right_at=250, guesses=500)[250].account_id == siti_at_home.account_id


def test_two_thousand_honest_people_behind_one_address_log_in_within_ten_minutes(site: Flask) -> None:
    """Every tenth mistypes once; all of them come on a device that nobody met."""
    people = _crowd(CROWD)
    got_in = 0
    for number, nik in enumerate(people):
        place = Place(f"{number:032x}", "203.0.113.5")
        with clock.frozen(MONDAY + WINDOW * number / CROWD):
            if number % 10 == 0:
                assert attempt(nik, WRONG, place).wait is None
            got_in += attempt(nik, PASSWORD, place).account_id is not None
    assert got_in == CROWD


def test_an_address_that_guesses_everybodys_password_is_stopped(site: Flask) -> None:
    people = _crowd(throttle.NETWORK_FAILURES + 5)
    answers = [attempt(nik, WRONG, Place("", "203.0.113.6")) for nik in people]
    assert [answer.wait is None for answer in answers].index(False) == throttle.NETWORK_FAILURES
    with clock.frozen(MONDAY + throttle.NETWORK_WINDOW + timedelta(seconds=1)):
        assert attempt(people[0], PASSWORD, Place("", "203.0.113.6")).account_id is not None


def test_who_is_at_home_logs_in_beside_a_guesser_at_the_same_address(siti_at_home: Citizen) -> None:
    for number, nik in enumerate(_crowd(throttle.NETWORK_FAILURES + 5)):
        attempt(nik, WRONG, Place(f"{number:032x}", HOME.network))
    assert attempt(siti_at_home.nik, PASSWORD, Place("f" * 32, HOME.network)).account_id == siti_at_home.account_id


def test_the_owner_never_waits_longer_than_a_minute_at_home(siti_at_home: Citizen) -> None:
    """Somebody in the same house, or behind the same carrier, guesses for an hour."""
    for turn in range(60):
        with clock.frozen(MONDAY + timedelta(minutes=turn)):
            attempt(siti_at_home.nik, WRONG, Place(f"{turn:032x}", HOME.network))
    with clock.frozen(MONDAY + timedelta(minutes=60)):
        assert attempt(siti_at_home.nik, PASSWORD, HOME).account_id == siti_at_home.account_id
        assert attempt(siti_at_home.nik, PASSWORD, Place("e" * 32, HOME.network)).account_id is not None


def test_a_claim_of_the_same_number_buys_no_guesses_at_its_owner(siti_at_home: Citizen) -> None:
    """A thief registers with her number: being at home with their own account says nothing about hers."""
    (thief,) = _accounts([siti_at_home.nik], PASSWORD[::-1], is_proven=False)
    lair = Place("c" * 32, "203.0.113.9")
    with transaction():
        remember_place(thief, lair)
    for _ in range(30):
        assert attempt(siti_at_home.nik, PASSWORD[::-1], lair).account_id == thief
        attempt(siti_at_home.nik, WRONG, lair)
    # Her own password, were it the next guess, is not even looked at.
    assert attempt(siti_at_home.nik, PASSWORD, Place("", lair.network)).account_id is None


def test_places_are_kept_as_keyed_hashes(siti_at_home: Citizen) -> None:
    kept = db.session.scalars(select(KnownPlace.digest)).all()
    assert len(kept) == 2
    assert not {HOME.device, HOME.network} & set(kept)


def _crowd(size: int) -> list[str]:
    numbers = [f"990101020385{number:04}" for number in range(1, size + 1)]
    _accounts(numbers, PASSWORD, is_proven=True)
    return numbers


def _accounts(numbers: list[str], password: str, *, is_proven: bool) -> list[int]:
    """Accounts that log in with these numbers, written straight into the tables for speed."""
    now, hashed = clock.now(), hash_password(password)
    digest = current_app.extensions["vault"].digest
    with transaction():
        rows = [Account(name="WARGA", created_at=now) for _ in numbers]
        db.session.add_all(rows)
        db.session.flush()
        ids = [row.id for row in rows]
        db.session.execute(
            insert(Credential),
            [{"account_id": one, "password_hash": hashed, "changed_at": now, "assurance": 3} for one in ids],
        )
        names = [
            {
                "account_id": one,
                "agency": AGENCY,
                "kind": "nik",
                "digest": digest("nik", number),
                "proven_at": now if is_proven else None,
            }
            for one, number in zip(ids, numbers, strict=True)
        ]
        db.session.execute(insert(LoginName), names)
    return ids
