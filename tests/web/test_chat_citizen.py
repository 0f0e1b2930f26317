"""The citizen's half of the talk (SIN-75)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import ChatMessage, Event
from portal.operations.chat import write_message
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import application
from tests.web.applying import begin, officer_of, sent_application

HTMX = {"HX-Request": "true"}


def _officer_says(code: str, text: str) -> None:
    found, actor = application(code), officer_of("verifier")
    with transaction():
        write_message(found, actor, name="Vera Verifikator", text=text)


@pytest.mark.req("SIN-75")
def test_a_message_stands_there_with_time_and_name_and_the_answer_too(
    citizen: CheckedClient,
) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    page = citizen.submit({"text": "Apakah KK lama boleh?"}, form="/obrolan")
    assert "Apakah KK lama boleh?" in page.text
    assert "SITI AMINAH · " in re.sub(r"<[^>]+>", "", page.text)
    _officer_says(code, "Boleh, Ibu.")
    again = citizen.get(f"/permohonan/{code}")
    assert "Boleh, Ibu." in again.text
    assert "23 Nov 2026 pukul 09.00 WIB" in again.text


def test_a_message_leaves_the_state_and_its_version_alone(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    before = application(code).version
    citizen.get(f"/permohonan/{code}")
    citizen.submit({"text": "Halo"}, form="/obrolan")
    assert application(code).version == before
    assert db.session.scalar(select(func.count()).where(Event.action == "chat")) == 1


def test_pressing_send_twice_is_one_message(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    form = citizen.page.form("/obrolan")
    for _ in range(2):
        citizen.post(form.action, data={**form.values, "text": "Halo"})
    assert db.session.scalar(select(func.count()).select_from(ChatMessage)) == 1


def test_a_text_that_cannot_be_sent_comes_back(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    long = "panjang " * 400
    answer = citizen.submit({"text": long}, form="/obrolan", follow=False)
    assert answer.status_code == 422
    assert long.strip() in answer.text
    assert "Pesan terlalu panjang" in answer.text


def test_the_poll_is_empty_until_somebody_wrote(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    address = re.search(r'hx-get="(/permohonan/[^"]+/obrolan\?sesudah=\d+)"', citizen.page.text)
    assert address is not None
    quiet = citizen.get(address[1], headers=HTMX)
    assert (quiet.status_code, quiet.data) == (204, b"")
    _officer_says(code, "Selamat siang.")
    news = citizen.get(address[1], headers=HTMX)
    assert "Selamat siang." in news.text
    following = re.search(r"sesudah=(\d+)", news.text)
    assert following is not None
    assert citizen.get(f"/permohonan/{code}/obrolan?sesudah={following[1]}", headers=HTMX).data == b""


def test_the_message_lies_sealed_and_the_event_holds_only_its_mac(citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    citizen.get(f"/permohonan/{code}")
    citizen.submit({"text": "rahasia keluarga"}, form="/obrolan")
    table = ChatMessage.__table__
    raw = db.session.connection().exec_driver_sql(f"SELECT text FROM {table.name}").scalar_one()
    assert b"rahasia" not in bytes(raw)
    event = db.session.scalar(select(Event).where(Event.action == "chat"))
    assert event is not None
    assert len(event.text_mac) == 64


def test_nobody_else_can_read_or_write_in_it(citizen: CheckedClient, other_citizen: CheckedClient) -> None:
    code = sent_application(citizen)
    other_citizen.get("/permohonan")
    token = other_citizen.page.form("keluar").values["csrf_token"]
    address = f"/permohonan/{code}/obrolan"
    assert other_citizen.get(address).status_code == 404
    written = other_citizen.post(address, data={"csrf_token": token, "text": "Halo"})
    assert written.status_code == 404


def test_a_draft_has_no_talk_yet(citizen: CheckedClient) -> None:
    code = begin(citizen)
    assert 'id="chat"' not in citizen.get(f"/permohonan/{code}").text
