"""Three small agencies, one for each way to be proven that the civil registry does not use, and their people."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import AGENCIES
from portal.engine.load import load_catalogue
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application, Message
from portal.operations import throttle
from portal.operations.captchas import read_sum, solve
from portal.operations.declarations import sync_declarations
from portal.operations.officers import create_officer
from portal.operations.perform import Payload, Performed, perform
from portal.queries.catalogue import catalogue, forget_pinned
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import PASSWORD as OFFICERS_PASSWORD

HOME = Path(__file__).parent / "agencies"
MAIL, DESK, MADE = "surat", "pelabuhan", "balai"  # by a mail, by an officer, by an account that is made
PASSWORD = "payung merah di teras"

PERSON = {
    "nik": "9901014508900021",
    "name": "RANI PUTRI",
    "mobile": "0812 3456 7821",
    "city-province": "33",
    "city-regency": "33.26",
    "email": "rani@example.com",
    "username": "rani.putri",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "consent": "yes",
}
FIRM = {
    "permit": "IZIN-1",
    "firm": "PT Laut Biru",
    "harbour": "U",
    "post": "U1",
    "email": "laut@example.com",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "consent": "yes",
}
TRADER = {"name": "PT Maju", "email": "maju@example.com"}
TRADER_REST = {"upt": "3300", "npwp": "0123456782000000", "import_status": "umum", "consent": "yes"}


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The civil registry and the small agencies, as one folder of declarations."""
    folder = tmp_path_factory.mktemp("agencies")
    for home in (AGENCIES / "_shared", AGENCIES / "dukcapil", HOME / MAIL, HOME / DESK, HOME / MADE):
        shutil.copytree(home, folder / home.name)
    return folder


@pytest.fixture
def many(site: Flask, small_folder: Path) -> Iterator[Flask]:
    """The site with these agencies instead of the shipped ones."""
    shipped = site.extensions["catalogue"]
    site.extensions["catalogue"] = load_catalogue(small_folder)
    forget_pinned()
    throttle.forget_memory()
    with transaction():
        sync_declarations(catalogue())
        create_officer("Olla Petugas", "olla", OFFICERS_PASSWORD, [(DESK, "U1", "petugas")])
        create_officer("Beni Balai", "beni", OFFICERS_PASSWORD, [(MADE, "3300", "petugas"), (MADE, "3500", "petugas")])
        create_officer("Pusti Pusat", "pusti", OFFICERS_PASSWORD, [(MADE, "", "pusat")])
    yield site
    site.extensions["catalogue"] = shipped
    forget_pinned()


@pytest.fixture
def stranger(many: Flask) -> CheckedClient:
    """Somebody whom nobody knows."""
    return browser(many)


def browser(site: Flask) -> CheckedClient:
    """A browser without anything in it."""
    client = site.test_client()
    assert isinstance(client, CheckedClient)
    return client


def fill(client: CheckedClient, address: str, values: dict[str, Any]) -> TestResponse:
    """Open a registration form and send it; the sum is solved where there is one."""
    client.get(address)
    assert client.page is not None
    form = client.page.form("register")
    typed = dict(values)
    if "captcha_token" in form.values:
        typed.setdefault("captcha_answer", solve(read_sum(form.values["captcha_token"])))
    return client.submit(typed, form="register")


def by_mail(client: CheckedClient, kind: str = "person", **changes: Any) -> TestResponse:
    """Register with the agency that proves people by a mail."""
    return fill(client, f"/daftar/{MAIL}?jenis={kind}", {**PERSON, **changes})


def by_officer(client: CheckedClient, **changes: Any) -> TestResponse:
    """Register with the agency whose officers approve."""
    return fill(client, f"/daftar/{DESK}", {**FIRM, **changes})


def begin_made(client: CheckedClient, kind: str = "head", **changes: Any) -> TestResponse:
    """The small form of the agency that proves mailboxes first."""
    return fill(client, f"/daftar/{MADE}?jenis={kind}", {**TRADER, **changes})


def open_mail(
    client: CheckedClient, template: str = "lanjutkan-pendaftaran", to: str = TRADER["email"]
) -> TestResponse:
    """Open the newest link of a template and press its button."""
    client.get(link_of(template, to))
    return client.submit()


def link_of(template: str, to: str) -> str:
    """The path of the newest link that was mailed."""
    found = re.search(r"https?://\S+", mails(template, to)[0])
    assert found
    return urlsplit(found[0].rstrip(".,")).path


def mails(template: str, to: str) -> list[str]:
    """The mails of a template to an address, newest first."""
    db.session.remove()
    rows = db.session.scalars(
        select(Message).where(Message.template == template, Message.channel == "email").order_by(Message.id.desc())
    )
    return [row.body or "" for row in rows if row.recipient == to]


def newest() -> Application:
    """The registration that was begun last."""
    db.session.remove()
    return db.session.scalars(select(Application).order_by(Application.id.desc()).limit(1)).one()


def decide(application: Application, action: str, role: str = "petugas", reason: str = "") -> Performed:
    """An officer's act, through the one door."""
    db.session.remove()
    name = {"petugas": "Beni Balai", "pusat": "Pusti Pusat"}[role]
    officer = db.session.scalar(select(Account.id).where(Account.name == name))
    with transaction():
        again = db.session.get_one(Application, application.id)
        return perform(again, action, Actor("officer", officer, frozenset({role})), Payload(reason=reason))
