"""What becomes of a registration: waiting, refused with its reason, and sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Answers, Message
from portal.operations import throttle
from tests.client import CheckedClient
from tests.journeys.joining import NIK, PASSWORD, activate, log_in, sum_answer
from tests.journeys.outbox import messages, path_in
from tests.people import AGENCY, SERVICE
from tests.web.conftest import MONDAY
from tests.web.registering import newest, officer_does, register, sent_code


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


def test_before_approval_one_sees_the_state_and_one_next_step_only(
    visitor: CheckedClient,
) -> None:
    application = register(visitor)
    page = log_in(visitor)
    assert page.request.path == f"/akun/pendaftaran/{application.code}"
    assert "Menunggu Verifikasi" in page.text
    assert NIK not in page.text
    assert NIK[-4:] in page.text
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        visitor.get(f"/daftar/{AGENCY}/nomor-hp")
        visitor.submit({"phone": "081234567899"}, form="/nomor-hp")
        code = sent_code("+6281234567899")
        page = visitor.submit({"code": code}, form=f"/daftar/{AGENCY}/kode")
    assert "Nomor HP Anda sudah terbukti" in page.text
    told = db.session.scalars(select(Message.template).where(Message.template == "nomor-hp-diganti")).all()
    assert told


@pytest.mark.req("SIN-27")
def test_the_state_is_told_for_code_and_number_together(visitor: CheckedClient) -> None:
    application = register(visitor)
    visitor.get(f"/daftar/{AGENCY}/status")
    page = visitor.submit({"login_name": NIK, "code": application.code.lower()}, form="status")
    assert "Menunggu Verifikasi" in page.text
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    page = visitor.submit({"login_name": NIK, "code": application.code}, form="status")
    assert "Tidak Disetujui" in page.text
    assert "Nama Ibu belum sesuai" in page.text


@pytest.mark.req("SIN-27")
def test_the_state_of_an_active_account_is_told_too(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "approve")
    activate(visitor, path_in(messages("aktivasi")[0]))
    visitor.get(f"/daftar/{AGENCY}/status")
    page = visitor.submit({"login_name": NIK, "code": application.code}, form="status")
    assert "Akun Anda sudah dapat dipakai" in page.text


@pytest.mark.req("SIN-41")
def test_a_refusal_is_told_by_whatsapp(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    message = db.session.scalar(
        select(Message).where(Message.template == "pendaftaran-ditolak", Message.channel == "whatsapp")
    )
    assert message is not None
    assert message.recipient == "+6281234567811"
    assert "belum disetujui" in (message.body or "")


@pytest.mark.req("SIN-42")
def test_a_refused_person_sees_why_and_nothing_else_is_open(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    page = log_in(visitor)
    for words in ("NIK", "DEWI LESTARI", "Tidak Disetujui", "Nama Ibu belum sesuai", "Daftar Ulang"):
        assert words in page.text
    assert visitor.page is not None
    assert "/permohonan" not in visitor.page.links()
    token = visitor.page.form("/keluar").values["csrf_token"]
    begun = visitor.post(f"/layanan/{AGENCY}/{SERVICE}/baru", data={"csrf_token": token})
    assert begun.headers["Location"] == f"/daftar/{AGENCY}"


@pytest.mark.req("SIN-43")
def test_registering_again_fixes_the_number_and_enters_the_queue(visitor: CheckedClient) -> None:
    application = register(visitor)
    officer_does(application, "refuse", "Nama Ibu belum sesuai dengan KK.")
    log_in(visitor)
    visitor.get(f"/daftar/{AGENCY}/perbaiki")
    assert visitor.page is not None
    values = visitor.page.form("register").values
    assert values["nik"] == NIK
    assert values["mother_name"] == "Siti Maryam"
    changes = {
        "nik": "9901014508900099",
        "mother_name": "Siti Mariam",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "consent": "yes",
        "captcha_answer": sum_answer(visitor, "register"),
    }
    visitor.submit(changes, form="register")
    again = newest()
    assert (again.code, again.state, again.round) == (application.code, "sent", 2)
    answers = db.session.scalars(
        select(Answers).where(Answers.application_id == again.id, Answers.step == "data-diri")
    ).one()
    assert answers.values["nik"] == NIK
    assert answers.values["mother_name"] == "Siti Mariam"
