"""The five ways to register, each walked to its first log in by a browser without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Application
from portal.operations.captchas import read_sum, solve
from portal.operations.officers import create_officer
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.fixtures_files import paper
from tests.journeys import desk, outbox
from tests.journeys.five_forms import COMPANY, DOCUMENTS, PASSWORD, PERSON, PORT_USER, TRADER, TRAVELLER, TWICE
from tests.people import PASSWORD as OFFICERS_PASSWORD
from tests.people import log_in_officer_account

Officer = Callable[[str, str, str], CheckedClient]


@pytest.fixture
def at_desk(site: Flask) -> Officer:
    """`at_desk(agency, office, role)`: the browser of such an officer."""

    def open_desk(agency: str, office: str, role: str) -> CheckedClient:
        name = f"{role}.{agency}.{office or 'semua'}".lower()
        with transaction():
            account_id = create_officer(name.title(), name, OFFICERS_PASSWORD, [(agency, office, role)])
        return log_in_officer_account(site.test_client(), account_id)

    return open_desk


def register(client: CheckedClient, address: str, values: dict[str, Any]) -> Any:
    """Fill in the form of an address, with its sum where it has one."""
    client.get(address)
    return send(client, values)


def send(client: CheckedClient, values: dict[str, Any]) -> Any:
    form = client.page.form("register")
    given = dict(values)
    if "captcha_token" in form.values:
        given["captcha_answer"] = solve(read_sum(form.values["captcha_token"]))
    return client.submit(given, form="register")


def press_mail(client: CheckedClient, template: str, to: str) -> Any:
    """Open the newest link of a mail and press its button."""
    client.get(outbox.path_in(outbox.messages(template, channel="email", to=to)[0]))
    return client.submit()


def log_in(client: CheckedClient, agency: str, name: str) -> Any:
    client.get(f"/masuk/{agency}")
    form = client.page.form("login")
    given = {"login_name": name, "password": PASSWORD}
    if "captcha_token" in form.values:
        given["captcha_answer"] = solve(read_sum(form.values["captcha_token"]))
    return client.submit(given, form="login")


def newest() -> str:
    db.session.remove()
    run_pending_jobs()
    return db.session.scalars(select(Application.code).order_by(Application.id.desc()).limit(1)).one()


@pytest.mark.req("PAS-05", "PAS-06", "PAS-09", "PAS-10")
def test_a_traveller_confirms_the_mail_and_logs_in(visitor: CheckedClient) -> None:
    mine = "rani@gmail.com"
    assert "GOOGLE &amp; YAHOO" in visitor.get("/daftar/imigrasi").text
    assert register(visitor, "/daftar/imigrasi", TRAVELLER | {"email": "rani@kantor.go.id"}).status_code == 422
    page = register(visitor, "/daftar/imigrasi", TRAVELLER)
    assert "1 langkah lagi" in page.text
    assert log_in(visitor, "imigrasi", "rani.putri").status_code == 403
    done = press_mail(visitor, "konfirmasi-akun", mine)
    assert done.request.path == "/masuk/imigrasi"
    assert log_in(visitor, "imigrasi", "Rani.Putri").request.path == "/instansi/imigrasi"


@pytest.mark.req("PTS-02", "PTS-03", "PTS-04", "PTS-05", "PTS-08", "PTS-09", "PTS-10")
def test_a_person_asks_the_weather_agency_for_an_account(visitor: CheckedClient) -> None:
    visitor.get("/daftar/bmkg")
    visitor.get(visitor.page.link("jenis=perorangan"))
    assert "Nama Perusahaan" not in visitor.page.words()
    assert "#f-consent" in send(visitor, PERSON).text
    assert send(visitor, PERSON | TWICE | {"consent": "yes"}).status_code == 200
    assert log_in(visitor, "bmkg", "rani.putri").status_code == 403
    assert press_mail(visitor, "verifikasi-email", "rani@example.com").request.path == "/masuk/bmkg"
    assert log_in(visitor, "bmkg", "rani.putri").request.path == "/instansi/bmkg"


@pytest.mark.req("PTS-02", "PTS-06", "PTS-07")
def test_a_company_asks_the_weather_agency_for_an_account(visitor: CheckedClient) -> None:
    visitor.get("/daftar/bmkg")
    visitor.get(visitor.page.link("jenis=perusahaan"))
    empty = send(visitor, COMPANY | {"company_name": "", "company_phone": ""})
    assert "#f-company_name" in empty.text
    assert "#f-company_phone" in empty.text
    send(visitor, COMPANY)
    press_mail(visitor, "verifikasi-email", "rani@example.com")
    assert log_in(visitor, "bmkg", "pt.awan").request.path == "/instansi/bmkg"


@pytest.mark.req("SKK-03", "SKK-04", "SKK-05", "SKK-09", "SKK-10", "SKK-11", "SKK-12", "SKK-13")
def test_a_company_is_activated_by_the_port_that_it_chose(visitor: CheckedClient, at_desk: Officer) -> None:
    to = "laut@example.com"
    visitor.get("/daftar/kesehatan")
    visitor.submit({"kkp": "01"}, form="register", button=("_refresh", "branch"))
    lacking = send(visitor, PORT_USER | {"permit": "", "company_name": "", "street": "", "phone": "", "branch": ""})
    for key in ("permit", "company_name", "street", "phone", "branch"):
        assert f"#f-{key}" in lacking.text
    send(visitor, PORT_USER)
    code = newest()
    assert len(outbox.messages("pendaftaran-terkirim", channel="email", to=to)) == 1
    refused = log_in(visitor, "kesehatan", to)
    assert refused.status_code == 403
    assert "Menunggu Aktivasi" in refused.text
    elsewhere = at_desk("kesehatan", "02", "verifier")
    assert elsewhere.get(desk.path(code)).status_code == 404
    officer = at_desk("kesehatan", "01-01", "verifier")
    officer.get("/petugas/pendaftaran")
    officer.get(officer.page.link(code))
    desk.act(officer, code, "approve")
    assert len(outbox.messages("akun-diaktivasi", channel="email", to=to)) == 1
    assert log_in(visitor, "kesehatan", to).request.path == "/instansi/kesehatan"


@pytest.mark.req("KAR-43", "KAR-44", "KAR-45", "KAR-46", "KAR-48", "KAR-23", "KAR-31", "KAR-32")
def test_a_trader_proves_the_mailbox_gives_papers_and_is_sent_an_account(
    visitor: CheckedClient, at_desk: Officer
) -> None:
    to = "maju@example.com"
    visitor.get("/daftar/karantina")
    visitor.get(visitor.page.link("jenis=induk"))
    send(visitor, {"name": "PT Maju", "email": to})
    press_mail(visitor, "lanjutkan-pendaftaran", to)
    assert send(visitor, TRADER | {"npwp": "012345678200000"}).status_code == 422
    page = send(visitor, TRADER)
    assert page.request.path == "/daftar/karantina/dokumen"
    assert visitor.submit(form="/dokumen/kirim").status_code == 422
    for key in DOCUMENTS:
        visitor.get(f"/daftar/karantina/dokumen/{key}")
        sent = {"file": (io.BytesIO(paper()), f"{key}.pdf"), "number": f"NO-{key}", "dated_on": "2026-01-05"}
        assert visitor.submit(sent, form=key).status_code == 200
    assert "MENUNGGU" in visitor.submit(form="/dokumen/kirim").text
    code = newest()
    assert at_desk("karantina", "3500", "verifier").get(desk.path(code)).status_code == 404
    officer = at_desk("karantina", "3300", "verifier")
    desk.act(officer, code, "approve")
    assert len(outbox.messages("registrasi-disetujui", channel="email", to=to)) == 1
    central = at_desk("karantina", "", "central")
    desk.act(central, code, "create")
    mail = outbox.messages("akun-dibuat", channel="email", to=to)[0]
    name = re.findall(r"\bC[A-Z]{5}\b", mail)[0]
    visitor.get(outbox.path_in(mail))
    done = visitor.submit(TWICE)
    assert done.request.path == "/masuk/karantina"
    assert log_in(visitor, "karantina", name).request.path == "/instansi/karantina"
