"""What a log-in opens: a weaker one never opens what was proven better, and a block ends it at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.extensions import db
from portal.models import Application, Credential, Enrolment, Visit
from portal.operations import throttle
from portal.operations.applications import start_application
from portal.operations.visits import end_visits_at
from portal.queries.catalogue import catalogue
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import log_in
from tests.people import AGENCY, PASSWORD, SERVICE
from tests.web.conftest import Citizen
from tests.web.registering import officer_does, register


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


@pytest.fixture
def case(siti: Citizen) -> str:
    """The code of an application that lies behind Siti's enrolment."""
    with transaction():
        service = catalogue().service(AGENCY, SERVICE)
        assert service is not None
        return start_application(catalogue().agency(AGENCY), service, account_id=siti.account_id).code


def enter(client: CheckedClient, who: Citizen) -> Any:
    return log_in(client, PASSWORD, who.nik)


def set_by_mail(who: Citizen) -> None:
    """Her password was set anew by the rule of an agency that knows her by e-mail alone."""
    with transaction():
        db.session.execute(update(Credential).where(Credential.account_id == who.account_id).values(assurance=1))


def block(who: Citizen) -> None:
    with transaction():
        db.session.execute(update(Enrolment).where(Enrolment.account_id == who.account_id).values(state="blocked"))


def test_a_password_of_a_weaker_rule_opens_no_enrolment_that_was_proven_better(
    visitor: CheckedClient, siti: Citizen, case: str
) -> None:
    set_by_mail(siti)
    page = enter(visitor, siti)
    assert page.request.path == "/akun"
    assert "Belum terbuka dengan cara masuk ini" in page.text
    assert visitor.page is not None
    assert visitor.page.link(f"/masuk/{AGENCY}")
    refused = visitor.get(f"/permohonan/{case}")
    assert refused.status_code == 403
    assert "untuk membuka" in refused.text
    assert case not in visitor.get("/permohonan").text


def test_a_weaker_log_in_begins_nothing_there(visitor: CheckedClient, siti: Citizen) -> None:
    set_by_mail(siti)
    enter(visitor, siti)
    assert visitor.page is not None
    token = visitor.page.form("/keluar").values["csrf_token"]
    answer = visitor.post(f"/layanan/{AGENCY}/{SERVICE}/baru", data={"csrf_token": token})
    assert answer.headers["Location"].startswith(f"/masuk/{AGENCY}?lanjut=")
    started = select(func.count()).select_from(Application).where(Application.kind == "service")
    assert db.session.scalar(started) == 0
    # Whoever comes to the log-in page finds the form, though somebody is logged in by the same agency.
    assert visitor.get(f"/masuk/{AGENCY}").status_code == 200


def test_the_right_rule_opens_it(visitor: CheckedClient, siti: Citizen, case: str) -> None:
    enter(visitor, siti)
    visit = db.session.scalar(select(Visit).where(Visit.account_id == siti.account_id))
    assert visit is not None
    assert visit.assurance == 3
    assert visitor.get(f"/permohonan/{case}").status_code in (200, 303)
    assert case in visitor.get("/permohonan").text


@pytest.mark.req("KAR-37")
def test_a_blocked_enrolment_is_refused_with_a_message_and_its_live_sessions_end(
    visitor: CheckedClient, citizen: CheckedClient, siti: Citizen, case: str
) -> None:
    assert citizen.get("/akun").status_code == 200
    block(siti)
    assert citizen.get("/akun").status_code == 303
    assert citizen.get(f"/permohonan/{case}").status_code == 303
    page = enter(visitor, siti)
    assert page.status_code == 403
    assert "Anda belum dapat masuk di sini" in page.text
    assert visitor.get("/akun").status_code == 303


def test_a_session_that_a_block_ended_does_not_come_back_with_the_unblocking(
    citizen: CheckedClient, siti: Citizen
) -> None:
    with transaction():
        end_visits_at(siti.account_id, AGENCY)
    assert citizen.get("/akun").status_code == 303


def test_a_block_is_told_only_to_who_knows_the_password(visitor: CheckedClient, siti: Citizen) -> None:
    block(siti)
    page = log_in(visitor, "salah sekali ini", siti.nik)
    assert page.status_code == 422
    assert "belum dapat masuk" not in page.text


@pytest.mark.req("SKK-13")
def test_before_it_is_approved_a_registration_opens_nothing_where_the_agency_says_so(
    visitor: CheckedClient, site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _declare(site, monkeypatch, early_login=False)
    application = register(visitor)
    page = log_in(visitor)
    assert page.status_code == 403
    assert "Menunggu Verifikasi" in page.text
    assert "sedang memeriksa" in page.text
    assert visitor.get("/akun").status_code == 303
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    assert "Nama Ibu belum sesuai" in log_in(visitor).text


def test_the_state_is_told_to_nobody_else(visitor: CheckedClient, site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(site, monkeypatch, early_login=False)
    register(visitor)
    page = log_in(visitor, "salah sekali ini")
    assert page.status_code == 422
    assert "Menunggu" not in page.text


def _declare(site: Flask, monkeypatch: pytest.MonkeyPatch, **rules: Any) -> None:
    """The agency's registration with other rules, for what is stored from now on too."""
    from portal.operations.declarations import sync_declarations
    from portal.queries.catalogue import forget_pinned

    found = site.extensions["catalogue"]
    service = found.registration(AGENCY)
    changed = service.model_copy(update={"registration": service.registration.model_copy(update=rules)})
    services = found.services | {AGENCY: found.services[AGENCY] | {service.code: changed}}
    altered = found.model_copy(update={"services": services})
    monkeypatch.setitem(site.extensions, "catalogue", altered)
    with transaction():
        sync_declarations(altered)
    forget_pinned()
