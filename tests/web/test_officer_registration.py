"""Registrations at the desk: compared, approved, refused with a reason, and warned about doubles."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import Enrolment, Event, Message
from tests.client import CheckedClient
from tests.desk_cases import register
from tests.people import application
from tests.web.test_officer_review import act, path

NIK, OTHER_NIK = "9901010508900044", "9901014508900045"


@pytest.mark.req("SIN-86")
def test_a_registration_is_approved_and_the_link_goes_out(registrar: CheckedClient) -> None:
    code = register(NIK, "JOKO WIDI")
    registrar.get("/petugas/pendaftaran")
    assert code in registrar.page.words()
    act(registrar, code, "approve")
    assert application(code).state == "activating"
    assert db.session.query(Enrolment).filter_by(application_id=application(code).id).count() <= 1
    sent = db.session.query(Message).filter_by(template="aktivasi").all()
    assert {message.channel for message in sent} >= {"whatsapp", "email"}


@pytest.mark.req("SIN-86")
def test_a_registration_is_refused_with_a_reason_only(registrar: CheckedClient) -> None:
    code = register(NIK, "JOKO WIDI")
    assert act(registrar, code, "refuse").status_code == 422
    assert application(code).state == "sent"
    act(registrar, code, "refuse", reason="Nomor KK tidak sesuai.")
    assert application(code).state == "refused"
    registrar.get(path(code, "/riwayat"))
    assert "Nomor KK tidak sesuai." in registrar.page.words()


def test_two_registrations_of_one_number_are_shown_side_by_side(registrar: CheckedClient) -> None:
    first = register(NIK, "JOKO WIDI")
    second = register(NIK, "JOKO WIDODO")
    registrar.get(path(second))
    words = registrar.page.words()
    assert "Ada 1 pengajuan lain tentang orang yang sama" in words
    assert "Bandingkan berdampingan" in words
    assert first in words
    assert "JOKO WIDI" in words


def test_a_number_that_disagrees_with_the_birth_date_is_warned_about(registrar: CheckedClient) -> None:
    code = register("9901010608900044", "JOKO WIDI")
    registrar.get(path(code))
    assert "Tanggal lahir di NIK berbeda" in registrar.page.words()


def test_the_link_is_sent_again_as_often_as_asked(registrar: CheckedClient) -> None:
    code = register(NIK, "JOKO WIDI")
    act(registrar, code, "approve")
    act(registrar, code, "resend")
    act(registrar, code, "resend")
    assert db.session.query(Event).filter_by(action="resend").count() == 2


def test_no_password_reaches_the_desk(registrar: CheckedClient) -> None:
    code = register(OTHER_NIK, "TUTI ALAWIYAH")
    page = registrar.get(path(code)).text
    assert "Kata Kunci" not in page
