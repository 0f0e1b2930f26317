"""The guide of the quarantine officers, walked from the dashboard to Logout by browsers without JavaScript."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Message
from portal.operations.captchas import read_sum, solve
from tests.client import CheckedClient
from tests.journeys import desk, outbox
from tests.web.traders import JATENG, act, apply_for, officer_of

MAIL, PASSWORD = "maju@example.com", "payung merah di teras"
REASON = "Dokumen perusahaan ternyata palsu."


def log_in(client: CheckedClient, name: str) -> str:
    """Type name and password at the agency's page; what the reader then sees."""
    client.get("/masuk/karantina")
    form = client.page.form("login")
    given = {"login_name": name, "password": PASSWORD}
    if "captcha_token" in form.values:
        given["captcha_answer"] = solve(read_sum(form.values["captcha_token"]))
    return client.submit(given, form="login").text


@pytest.mark.req("KAR-32", "KAR-37", "KAR-38", "KAR-42")
def test_from_the_request_to_the_blocked_account_and_back(site: Flask, visitor: CheckedClient) -> None:
    code = apply_for(email=MAIL, name="PT Maju", importing="bulog")
    upt, central = officer_of(site, "verifier", JATENG), officer_of(site, "central")
    upt.get("/petugas/")
    upt.get(upt.page.link("daftar/karantina/pengajuan"))
    upt.submit({"import_status": "bulog"}, form="daftar/karantina/pengajuan")
    upt.get(upt.page.link("/tindakan/approve"))
    assert "PT Maju" not in str(re.findall(r"<tr data-row.*", upt.submit(form="/tindakan/approve").text))

    central.get("/petugas/daftar/karantina/terdaftar")
    central.get(central.page.link("/tindakan/create"))
    assert central.submit(form="/tindakan/create").request.path == "/petugas/daftar/karantina/terdaftar"
    mail = outbox.messages("akun-dibuat", channel="email", to=MAIL)[0]
    name = re.findall(r"\bC[A-Z]{5}\b", mail)[0]
    visitor.get(outbox.path_in(mail))
    visitor.submit({"password": PASSWORD, "password_again": PASSWORD})
    assert PASSWORD not in "".join(body or "" for body in db.session.scalars(select(Message.body)))
    log_in(visitor, name)
    assert visitor.get("/akun").status_code == 200

    desk.act(upt, code, "block", reason=REASON)
    assert visitor.get("/akun").status_code == 303, "the live session ended"
    refused = log_in(visitor, name)
    assert "diblokir" in refused.casefold()
    assert visitor.get("/akun").status_code == 303
    assert REASON in outbox.messages("akun-diblokir", channel="email", to=MAIL)[0]

    desk.act(upt, code, "unblock", reason="Sudah diperbaiki semua.")
    log_in(visitor, name)
    assert visitor.get("/akun").status_code == 200

    for client in (upt, central):
        client.get("/petugas/")
        client.submit(form="/petugas/keluar")
        client.submit(form="leave")
        for address in ("/petugas/", "/petugas/daftar/karantina/terdaftar", desk.path(code)):
            answer = client.get(address)
            assert answer.status_code == 303
            assert "/petugas/masuk" in answer.headers["Location"]


@pytest.mark.req("KAR-24")
def test_the_applicant_reads_the_reason_on_the_status_page(site: Flask, visitor: CheckedClient) -> None:
    code = apply_for(email=MAIL)
    act(code, "refuse", reason=REASON)
    mail = outbox.messages("pendaftaran-ditolak", channel="email", to=MAIL)[0]
    assert REASON in mail
    visitor.get(outbox.path_in(mail))
    page = visitor.submit({"login_name": MAIL, "code": code}, form="status")
    assert "DITOLAK" in page.text
    assert REASON in page.text
    assert visitor.page.link("/daftar/karantina")
    visitor.submit({"login_name": "lain@example.com", "code": code}, form="status")
    assert REASON not in visitor.page.words()
