"""Names, notes and reasons that are scripts, formulas, headers or endless, wherever they come out again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.integrations.delivery import Parcel
from portal.integrations.email import SmtpEmail
from portal.models import Account, Application, Breach, DataRequest, Membership, Message
from portal.operations import throttle
from portal.operations.personal_data import gather_copy, paper_of_copy
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from portal.web.contacts import read_contact
from tests.client import CheckedClient
from tests.journeys import joining
from tests.people import AGENCY, PASSWORD, log_in_citizen, log_in_officer
from tests.web.conftest import Citizen
from tests.web.grouping import raised
from tests.web.registering import find_newest, officer_does, register

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}${7*7}'
FILE = (
    '<img src="file:///etc/passwd"><link rel="stylesheet" href="http://evil.example/x"><pdf:include src="/etc/passwd"/>'
)


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


def is_harmless(text: str) -> bool:
    """No part of what was typed became markup, and no expression was worked out."""
    return all(part not in text for part in ("<img src=x", "<script>alert", "${49}", "}}49", ">49<"))


@pytest.fixture
def named(site: Flask, siti: Citizen, citizen: CheckedClient) -> CheckedClient:
    """Siti, whose name and notes are attacks."""
    with transaction():
        account = db.session.get_one(Account, siti.account_id)
        account.name = SCRIPT[:200]
        for registration in db.session.scalars(select(Application).where(Application.account_id == siti.account_id)):
            registration.subject_name = SCRIPT[:200]
    raised(siti.account_id)
    with transaction():
        db.session.scalars(select(Membership)).one().institution = SCRIPT[:200]
    citizen.get("/akun/data-saya")
    citizen.submit({"agency": AGENCY, "kind": "correct", "text": SCRIPT}, form="permintaan")
    return citizen


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("citizen", ("/akun", "/akun/data-saya", "/akun/perangkat", "/akun/mode", "/akun/masuk-luar")),
        ("dpo", ("/petugas/data-pribadi",)),
        ("registrar", ("/petugas/pendaftaran?status=active", "/petugas/pemulihan", "/petugas/pendaftaran?q=alert")),
        ("admin", ("/petugas/tugas", "/petugas/grup")),
        ("supervisor", ("/petugas/catatan",)),
    ],
)
def test_a_name_that_is_a_script_is_shown_and_never_run(
    site: Flask, named: CheckedClient, role: str, paths: tuple[str, ...]
) -> None:
    client = named if role == "citizen" else log_in_officer(site.test_client(), role)
    if role == "dpo":
        paths = (*paths, f"/petugas/data-pribadi/{db.session.scalars(select(DataRequest.code)).one()}")
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        assert is_harmless(page.text), path
        assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_a_reason_that_is_a_script_is_shown_and_never_run(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", SCRIPT)
    joining.log_in(visitor)
    page = visitor.get(f"/akun/pendaftaran/{application.code}")
    assert "onerror" in page.text
    assert is_harmless(page.text)


def test_a_breach_notice_that_is_a_script_is_shown_and_never_run(site: Flask, visitor: CheckedClient) -> None:
    dpo = log_in_officer(site.test_client(), "dpo")
    dpo.get("/petugas/kebocoran/baru")
    typed = {"agency": AGENCY, "found_at": "2026-11-22T08:30", "what": SCRIPT, "how": SCRIPT, "measures": SCRIPT}
    dpo.submit(typed | {"people": "4"}, form="baru")
    code = db.session.scalars(select(Breach.code)).one()
    for step in ("otoritas", "orang"):
        dpo.get(f"/petugas/kebocoran/{code}")
        dpo.submit(form=f"{code}/{step}")
    page = visitor.get(f"/pemberitahuan/{code}")
    assert "onerror" in page.text
    assert is_harmless(page.text)


def test_the_copy_of_ones_data_reads_no_file_and_no_address_that_a_name_names(
    site: Flask, siti: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[Any] = []
    monkeypatch.setattr("socket.create_connection", lambda *a, **_: fetched.append(a))
    with transaction():
        db.session.get_one(Account, siti.account_id).name = FILE
    copy = gather_copy(siti.account_id, [AGENCY])
    from io import BytesIO

    from pypdf import PdfReader

    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(paper_of_copy(copy))).pages)
    assert "root:" not in text
    assert fetched == []
    assert json.loads(json.dumps(copy))["akun"]["nama"] == FILE


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_the_copy_is_no_table_that_a_spreadsheet_would_work_out(site: Flask, siti: Citizen, start: str) -> None:
    """JSON and PDF only: a formula stays a text, and both are sent as attachments with their type."""
    with transaction():
        db.session.get_one(Account, siti.account_id).name = f"{start}HYPERLINK(1)"
    client = log_in_citizen(site.test_client(), siti.account_id)
    client.get("/akun/data-saya")
    client.submit({"password": PASSWORD}, form="salinan")
    run_pending_jobs()
    code = db.session.scalars(select(DataRequest.code)).one()
    for kind, media in (("json", "application/json"), ("pdf", "application/pdf")):
        answer = client.get(f"/akun/data-saya/salinan/{code}.{kind}")
        assert answer.mimetype == media
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/akun/data-saya/salinan/{code}.csv").status_code == 404


# Mail headers.
@pytest.mark.parametrize(
    "tail", ["\nBcc: x@evil.example", "\r\nBcc: x@evil.example", "%0aBcc:x@evil.example", ",x@evil.example"]
)
def test_no_address_carries_a_second_header_or_recipient(site: Flask, tail: str) -> None:
    email, problem = read_contact("email", f"siti@example.com{tail}")
    assert problem or email == "siti@example.com"


@pytest.mark.parametrize("name", ["SITI\r\nBcc: x@evil.example", "SITI\nBcc: x@evil.example", "SITI\u2028Bcc: x"])
def test_a_name_with_line_breaks_makes_no_header(visitor: CheckedClient, site: Flask, name: str) -> None:
    joining.fill(visitor, name=name)
    for message in db.session.scalars(select(Message)):
        assert "\n" not in (message.subject or "")
        assert "\n" not in (message.recipient or "")
    found = find_newest()
    assert found is None or "\n" not in db.session.get_one(Account, found.account_id).name


def test_a_subject_or_recipient_with_a_line_break_is_never_sent(site: Flask) -> None:
    sender = SmtpEmail.__new__(SmtpEmail)
    sender._sender, sender._domain = "loket@example.com", "example.com"
    for parcel in (
        Parcel("1", "siti@example.com", "Halo\r\nBcc: x@evil.example", "isi"),
        Parcel("1", "siti@example.com\r\nBcc: x@evil.example", "Halo", "isi"),
    ):
        try:
            letter = message_from_bytes(bytes(sender._letter(parcel)))
        except ValueError:
            continue
        assert letter["Bcc"] is None


# Odd and endless text.
ODD = (
    "A" * 100_000,
    "\u202eITIS\u202c",
    "\u200b\u200b\u200b",
    "e\u0301" * 300,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 50,
    "ﷺ" * 200,
    "Ｓｉｔｉ",
    "\x1b[31mSITI",
    "SITI\x00AMINAH",
)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("field", ["name", "birth_place", "mother_name", "email", "password"])
def test_odd_text_registers_whole_or_is_refused_with_words(visitor: CheckedClient, field: str, odd: str) -> None:
    changes = {field: odd} | ({"password_again": odd} if field == "password" else {})
    answer = joining.fill(visitor, **changes)
    assert answer.status_code in (200, 400, 413, 422)
    found = find_newest()
    if found is not None:
        name = db.session.get_one(Account, found.account_id).name
        assert len(name) <= 200
        assert not any(sign in name for sign in "\u202e\u200b\x00\x1b")


def test_a_user_name_of_lookalikes_is_not_an_officers(site: Flask) -> None:
    from portal.operations.officers import Newcomer, check_newcomer

    for username in ("vеra", "vera\n", "VERA", "ｖｅｒａ", "ve ra", "vera\u200b"):
        assert "username" in check_newcomer(Newcomer("Vera", username, "vera@example.com")), username


def test_an_endless_password_costs_no_more_than_a_long_one(
    visitor: CheckedClient, siti: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.operations import credentials

    seen: list[int] = []
    matches: Callable[..., bool] = credentials._matches
    monkeypatch.setattr(credentials, "_matches", lambda h, p: seen.append(len(p)) or matches(h, p))
    joining.log_in(visitor, "x" * 50_000, siti.nik)
    visitor.get("/petugas/masuk")
    visitor.submit({"username": "vera", "password": "x" * 50_000}, form="login")
    assert seen
    assert max(seen) <= 200
