"""Registering where the mailbox is proven first, papers are given, and an officer makes and sends the account."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.models import Application, Enrolment, LoginName, Message, Token, Visit
from portal.operations.login_names import make_name
from portal.operations.logins import standing_at
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.fixtures_files import paper, photo
from tests.people import log_in_citizen
from tests.small_agencies import (
    MADE,
    PASSWORD,
    TRADER,
    TRADER_REST,
    begin_made,
    browser,
    decide,
    link_of,
    mails,
    newest,
    open_mail,
)

TO = TRADER["email"]


def give(client: CheckedClient, key: str = "paper-npwp", content: bytes | None = None, **changes: Any) -> Any:
    client.get(f"/daftar/{MADE}/dokumen/{key}")
    name = changes.pop("name", "npwp.pdf")
    fields = {"number": "NPWP-1", "dated_on": "2026-01-05", **changes}
    sent = {"file": (io.BytesIO(content if content is not None else paper()), name), **fields}
    return client.submit(sent, form=f"/dokumen/{key}")


def register(client: CheckedClient, kind: str = "head", to: str = TO, **changes: Any) -> Application:
    """All the way: small form, mail, the rest, the paper, sent."""
    begin_made(client, kind, email=to)
    open_mail(client, to=to)
    client.submit({**TRADER_REST, **changes}, form="register")
    if newest().state == "draft" and client.page.path.endswith("/dokumen"):
        give(client)
        client.submit(form="/dokumen/kirim")
    return newest()


def with_account(client: CheckedClient) -> Application:
    application = register(client)
    decide(application, "approve")
    decide(application, "create", "pusat")
    return newest()


@pytest.mark.req("KAR-43")
def test_persons_and_companies_register(stranger: CheckedClient, many: Flask) -> None:
    assert register(stranger, "person").state == "sent"
    assert register(browser(many), "branch", to="cabang@example.com", nitku="000001").state == "sent"


@pytest.mark.req("KAR-44")
def test_the_form_is_shut_until_the_mailbox_is_proven(stranger: CheckedClient) -> None:
    page = begin_made(stranger)
    assert page.request.path == f"/daftar/{MADE}/email"
    assert TO not in page.text
    assert stranger.get(f"/daftar/{MADE}/perbaiki").status_code == 404
    assert stranger.get(f"/daftar/{MADE}/dokumen").status_code == 404
    token = stranger.page.form("/keluar").values["csrf_token"] if stranger.page.has_form("/keluar") else ""
    token = token or page.text.split('name="csrf_token" value="')[1].split('"')[0]
    rest = {**TRADER, **TRADER_REST, "csrf_token": token, "jenis": "head"}
    assert stranger.post(f"/daftar/{MADE}/perbaiki", data=rest).status_code == 404
    assert stranger.post(f"/daftar/{MADE}/dokumen/kirim", data={"csrf_token": token}).status_code == 404
    stranger.post(f"/daftar/{MADE}", data=rest)
    assert newest().state == "draft"
    assert newest().round == 0


def test_the_small_form_asks_nothing_of_the_rest(stranger: CheckedClient) -> None:
    stranger.get(f"/daftar/{MADE}?jenis=head")
    assert {"name", "email"} <= stranger.page.form("register").names
    assert not {"npwp", "upt", "consent"} & stranger.page.form("register").names


@pytest.mark.req("KAR-44")
def test_the_link_may_be_opened_again_until_it_is_sent_and_in_any_browser(stranger: CheckedClient, many: Flask) -> None:
    begin_made(stranger)
    path = link_of("lanjutkan-pendaftaran", TO)
    scanner = browser(many)
    assert scanner.get(path).status_code == 200
    assert db.session.scalar(select(Token.used_at).where(Token.kind == "resume")) is None
    assert open_mail(stranger).request.path == f"/daftar/{MADE}/perbaiki"
    phone = browser(many)
    page = open_mail(phone)
    assert "PT Maju" in page.text
    assert not {"name", "email", "applicant"} & phone.page.form("register").names
    phone.submit(TRADER_REST, form="register")
    give(phone)
    phone.submit(form="/dokumen/kirim")
    assert newest().state == "sent"
    assert stranger.get(path).status_code == 410


def test_who_began_it_sees_nothing_of_what_its_mailbox_opened(stranger: CheckedClient, many: Flask) -> None:
    """A stranger types somebody's address; whoever presses the link goes on alone."""
    begin_made(stranger)
    owner = browser(many)
    open_mail(owner)
    owner.submit({**TRADER_REST, "npwp": "1"}, form="register")
    assert stranger.get(f"/daftar/{MADE}/perbaiki").status_code == 404
    assert stranger.get(f"/daftar/{MADE}/dokumen").status_code == 404


def test_what_was_proven_cannot_be_changed_behind_the_link(stranger: CheckedClient) -> None:
    begin_made(stranger)
    open_mail(stranger)
    stranger.submit(
        {**TRADER_REST, "email": "lain@example.com", "applicant": "person", "jenis": "person"}, form="register"
    )
    from portal.queries.answers import answers_of

    first = answers_of(newest().id)["awal"]
    assert (first["email"], first["applicant"]) == (TO, "head")


def test_a_mail_can_be_asked_again_after_a_pause(stranger: CheckedClient) -> None:
    begin_made(stranger)
    first = link_of("lanjutkan-pendaftaran", TO)
    assert stranger.submit(form="/email").status_code == 429
    from datetime import timedelta

    from tests.web.conftest import MONDAY

    with clock.frozen(MONDAY + timedelta(minutes=2)):
        stranger.submit(form="/email")
        assert link_of("lanjutkan-pendaftaran", TO) != first
        assert stranger.get(first).status_code == 410


@pytest.mark.req("KAR-48")
def test_papers_are_pdfs_of_their_size_with_number_and_date_and_one_of_each(stranger: CheckedClient) -> None:
    begin_made(stranger)
    open_mail(stranger)
    page = stranger.submit(TRADER_REST, form="register")
    assert page.request.path == f"/daftar/{MADE}/dokumen"
    assert stranger.submit(form="/dokumen/kirim").status_code == 422
    assert newest().state == "draft"
    assert give(stranger, content=photo(), name="npwp.pdf").status_code == 422
    assert give(stranger, content=b"%PDF-1.4 " + b"x" * 2_000_001).status_code == 422
    refused = give(stranger, number="", dated_on="")
    assert refused.status_code == 422
    assert "#f-number" in refused.text
    assert "#f-dated_on" in refused.text
    assert "uploaded" in stranger.page.form("/dokumen/paper-npwp").names, "the file is kept"
    assert stranger.submit({"number": "N-1", "dated_on": "2026-01-05"}, form="/dokumen/paper-npwp").status_code == 200
    assert 'dokumen/paper-npwp"' not in stranger.get(f"/daftar/{MADE}/dokumen").text.replace("/hapus", "")
    assert give(stranger, content=paper(pages=3), number="N-2").status_code == 422
    stranger.get(f"/daftar/{MADE}/dokumen")
    stranger.submit(form="/hapus")
    assert give(stranger, number="N-3").status_code == 200
    stranger.submit(form="/dokumen/kirim")
    assert newest().state == "sent"


def test_papers_of_somebody_elses_draft_are_out_of_reach(stranger: CheckedClient, many: Flask) -> None:
    begin_made(stranger)
    open_mail(stranger)
    stranger.submit(TRADER_REST, form="register")
    give(stranger)
    other = browser(many)
    begin_made(other, email="lain@example.com")
    open_mail(other, to="lain@example.com")
    other.submit({**TRADER_REST, "npwp": "0123456782001000"}, form="register")
    stranger.get(f"/daftar/{MADE}/dokumen")
    path = next(f for f in re.findall(r'action="([^"]+/hapus)"', stranger.page.text))
    other.get(f"/daftar/{MADE}/dokumen")
    token = other.page.form("/dokumen/kirim").values["csrf_token"]
    assert other.post(path, data={"csrf_token": token}).status_code == 404


@pytest.mark.req("KAR-49")
def test_the_same_mailbox_waits_or_is_approved_once_at_an_office(stranger: CheckedClient, many: Flask) -> None:
    first = register(stranger)
    other = browser(many)
    begin_made(other)
    open_mail(other)
    page = other.submit({**TRADER_REST, "npwp": "0123456782001000"}, form="register")
    assert page.status_code == 422
    assert "status MENUNGGU" in page.text
    decide(first, "approve")
    assert "status DISETUJUI" in other.submit({**TRADER_REST, "npwp": "0123456782001000"}, form="register").text
    elsewhere = other.submit({**TRADER_REST, "upt": "3500", "npwp": "0123456782001000"}, form="register")
    assert elsewhere.request.path == f"/daftar/{MADE}/dokumen"


@pytest.mark.req("KAR-49")
def test_after_a_refusal_the_same_mailbox_may_apply_again(stranger: CheckedClient, many: Flask) -> None:
    decide(register(stranger), "refuse", reason="Dokumen tidak terbaca.")
    assert "Dokumen tidak terbaca." in mails("ditolak", TO)[0]
    assert register(browser(many)).state == "sent"


@pytest.mark.req("KAR-47")
def test_numbers_of_an_approved_one_are_refused_to_another_and_free_after_a_refusal(
    stranger: CheckedClient, many: Flask
) -> None:
    first = register(stranger)
    second = register(browser(many), to="lain@example.com")
    assert second.state == "sent", "the screen answers as always"
    assert len(mails("sudah-terdaftar", TO)) == 1, "the known one is told"
    decide(first, "approve")
    with pytest.raises(Conflict):
        decide(second, "approve")
    third = register(browser(many), "branch", to="cabang@example.com", nitku="000002")
    decide(third, "approve")
    assert db.session.get_one(Application, third.id).state == "approved", "another branch has other numbers"


@pytest.mark.req("KAR-47")
def test_numbers_are_free_after_a_refusal(stranger: CheckedClient, many: Flask) -> None:
    decide(register(stranger), "refuse", reason="Dokumen tidak terbaca.")
    second = register(browser(many), to="lain@example.com")
    assert mails("sudah-terdaftar", TO) == []
    decide(second, "approve")
    assert newest().state == "approved"


@pytest.mark.req("KAR-30", "KAR-31", "KAR-32")
def test_an_account_is_made_once_and_its_name_sent_with_a_link(stranger: CheckedClient) -> None:
    application = register(stranger)
    decide(application, "approve")
    assert db.session.scalar(select(func.count()).where(LoginName.agency == MADE)) == 0
    decide(application, "create", "pusat")
    with pytest.raises(Conflict):
        decide(application, "create", "pusat")
    mail = mails("akun-dibuat", TO)
    assert len(mail) == 1
    assert re.search(r"nama pengguna C[A-Z]{5}\.", mail[0])
    assert db.session.scalar(select(func.count()).where(LoginName.agency == MADE)) == 1
    enrolment = db.session.scalars(select(Enrolment)).one()
    assert (enrolment.kind, enrolment.office, enrolment.assurance) == ("head", "3300", 2)


def test_a_name_that_exists_is_drawn_again(stranger: CheckedClient, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["CAAAAA", "CAAAAA", "CBBBBB"])
    monkeypatch.setattr("portal.operations.login_names.draw_name", lambda _pattern: next(drawn))
    register(stranger)
    account_id = newest().account_id
    assert account_id is not None
    with transaction():
        assert make_name(account_id, MADE, "C?????") == "CAAAAA"
        assert make_name(account_id, MADE, "C?????") == "CBBBBB"


@pytest.mark.req("KAR-32")
def test_the_owner_sets_the_password_behind_the_link_once(stranger: CheckedClient, many: Flask) -> None:
    with_account(stranger)
    path = link_of("akun-dibuat", TO)
    owner = browser(many)
    assert re.search(r"C[A-Z]{5}", owner.get(path).text)
    assert owner.submit({"password": "pendek", "password_again": "pendek"}).status_code == 422
    done = owner.submit({"password": PASSWORD, "password_again": PASSWORD})
    assert done.request.path == f"/masuk/{MADE}"
    assert owner.get(path).status_code == 410
    assert PASSWORD not in str([row.body for row in db.session.scalars(select(Message))])


@pytest.mark.req("KAR-33")
def test_sending_again_ends_the_earlier_link_and_makes_no_second_account(stranger: CheckedClient) -> None:
    application = with_account(stranger)
    first = link_of("akun-dibuat", TO)
    decide(application, "resend", "pusat")
    assert stranger.get(first).status_code == 410
    assert stranger.get(link_of("akun-dibuat", TO)).status_code == 200
    assert db.session.scalar(select(func.count()).where(LoginName.agency == MADE)) == 1


@pytest.mark.req("KAR-37", "KAR-38", "KAR-40")
def test_a_block_ends_live_sessions_at_once_and_is_mailed_with_its_reason(stranger: CheckedClient, many: Flask) -> None:
    application = with_account(stranger)
    assert application.account_id is not None
    client = log_in_citizen(browser(many), application.account_id)
    with transaction():
        visit = db.session.scalars(select(Visit).where(Visit.account_id == application.account_id)).one()
        visit.agency, visit.assurance = MADE, 2
    assert client.get("/akun").status_code == 200
    decide(application, "block", "pusat", "Dokumen palsu.")
    assert client.get("/akun").status_code == 303
    assert not standing_at(application.account_id, MADE).may_enter
    assert "Dokumen palsu." in mails("diblokir", TO)[0]
    assert client.get(link_of("akun-dibuat", TO)).status_code == 410
    decide(application, "unblock", "pusat")
    assert standing_at(application.account_id, MADE).may_enter
    assert mails("dibuka", TO)


@pytest.mark.req("KAR-39")
def test_who_has_no_account_cannot_be_blocked(stranger: CheckedClient) -> None:
    application = register(stranger)
    decide(application, "approve")
    with pytest.raises(Invalid, match="User Belum dibuat"):
        decide(application, "block", "pusat", "Dokumen palsu.")
    assert newest().state == "approved"


def test_a_second_office_enrols_the_same_account_under_the_same_name(stranger: CheckedClient, many: Flask) -> None:
    application = with_account(stranger)
    assert application.account_id is not None
    client = log_in_citizen(browser(many), application.account_id)
    assert client.get(f"/daftar/{MADE}").status_code == 303
    page = client.get(f"/daftar/{MADE}?lagi=ya&jenis=head")
    assert "Sudah kami punya" in page.text
    client.submit(form="register")
    open_mail(client)
    client.submit({**TRADER_REST, "upt": "3500"}, form="register")
    give(client)
    client.submit(form="/dokumen/kirim")
    second = newest()
    assert (second.state, second.office, second.account_id) == ("sent", "3500", application.account_id)
    decide(second, "approve")
    offices = db.session.scalars(select(Enrolment.office).order_by(Enrolment.office)).all()
    assert offices == ["3300", "3500"]
    with pytest.raises(Invalid):
        decide(second, "create", "pusat")
    assert db.session.scalar(select(func.count()).where(LoginName.agency == MADE)) == 1
    decide(application, "block", "pusat", "Dokumen palsu.")
    assert client.get("/akun").status_code == 200, "the other office still knows the account"
