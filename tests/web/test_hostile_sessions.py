"""Sessions on a shared phone: what has ended stays ended, whoever holds the cookie."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import StashedForm, Visit
from portal.operations import visits
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import fill
from tests.people import AGENCY
from tests.web.conftest import MONDAY


@pytest.mark.parametrize("page", ["/", f"/masuk/{AGENCY}", f"/daftar/{AGENCY}", "/informasi"])
def test_looking_at_a_page_does_not_revive_a_visit_that_ran_out(citizen: CheckedClient, page: str) -> None:
    with clock.frozen(MONDAY + timedelta(hours=3)):
        assert "/masuk" in citizen.get("/akun").headers["Location"]
        citizen.get(page)
        assert "/masuk" in citizen.get("/akun").headers.get("Location", "shown to a stranger")


def test_registering_does_not_revive_a_visit_that_ran_out(citizen: CheckedClient) -> None:
    """The next person on this phone keeps what they began, as a guest."""
    with clock.frozen(MONDAY + timedelta(hours=3)):
        fill(citizen)
        assert "/masuk" in citizen.get("/akun").headers.get("Location", "shown to a stranger")
        assert citizen.get(f"/daftar/{AGENCY}/kode").status_code == 200


def test_a_busy_visit_ends_too(citizen: CheckedClient) -> None:
    """Twelve hours after logging in one logs in again, however much the session was told in between."""
    cookie = citizen.get_cookie("loket")
    assert cookie is not None
    for turn in range(40):
        with clock.frozen(MONDAY + timedelta(minutes=25 * turn)), transaction():
            visits.keep_visit(cookie.value, "citizen", {"turn": turn}, expires_in=timedelta(minutes=30))
    with clock.frozen(MONDAY + visits.LONGEST + timedelta(minutes=31)):
        assert "/masuk" in citizen.get("/akun").headers.get("Location", "shown for ever")


def test_pages_write_no_visit_for_somebody_who_only_looks(visitor: CheckedClient) -> None:
    for page in ("/", f"/masuk/{AGENCY}", f"/daftar/{AGENCY}"):
        visitor.get(page)
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_a_double_press_of_a_guest_begins_one_visit(site: Flask) -> None:
    sid = "s" * 43
    for words in ("first", "second"):
        with transaction():
            visits.keep_visit(sid, "citizen", {"said": words}, expires_in=timedelta(minutes=30))
    assert db.session.scalar(select(Visit.data)) == {"said": "second"}


def test_nothing_of_a_visit_is_in_its_cookie_or_its_row(citizen: CheckedClient) -> None:
    citizen.get("/akun")
    cookie = citizen.get_cookie("loket")
    assert cookie is not None
    assert re.fullmatch(r"[\w-]{43}", cookie.value)
    assert cookie.value not in [row.digest for row in db.session.scalars(select(Visit))]


def test_a_cookie_that_ran_out_fills_no_disk(citizen: CheckedClient) -> None:
    """What it may leave for its account is what a person has open, at addresses that a page can have."""
    citizen.get("/akun")
    assert citizen.page is not None
    token = citizen.page.form("keluar-semua").values["csrf_token"]
    paths = [f"/permohonan/A{n}/langkah/detail" for n in range(30)] + [f"/permohonan/{'A' * 300}/langkah/detail"]
    with clock.frozen(MONDAY + timedelta(hours=3)):
        for path in paths:
            data = {"csrf_token": token, "detail": "x", "passphrase": "rahasia"}
            assert citizen.post(path, data=data).status_code == 303
    stashed = db.session.scalars(select(StashedForm)).all()
    assert len(stashed) == visits.MOST_STASHES
    assert all(form.values == {"detail": "x"} for form in stashed)
