"""Applying for somebody else: that person agrees, is told, can say no, and then a supervisor looks into it first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.errors import Invalid
from portal.extensions import db
from portal.models import Application, ConsentRecord, Event, EventText, Message, Representation, Token
from portal.operations.audit import verify_all
from portal.operations.representations import LINK_LIVES
from portal.queries.catalogue import catalogue
from tests.birth_certificate import PAPERS, TYPED
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.people import AGENCY, application
from tests.web.applying import begin, decide, send, upload
from tests.web.grouping import raised, switch
from tests.web.test_groups_mode import OTHERS, lower

PHONE = "+6281299990001"


@pytest.fixture
def member(siti: Any) -> str:
    """The code of Siti's membership."""
    return raised(siti.account_id)[1]


@pytest.fixture
def draft(citizen: CheckedClient, member: str) -> str:
    """A draft for another family, filled in group mode."""
    switch(citizen, member)
    code = begin(citizen)
    for step, typed in TYPED.items():
        citizen.get(f"/permohonan/{code}/langkah/{step}")
        extra = OTHERS if step == "detail" else {}
        assert citizen.submit({**typed, **extra}, form="isian", follow=False).status_code == 303, step
    picture = photo()
    for key in PAPERS:
        assert upload(citizen, code, key, picture).status_code == 303
    return code


def version() -> str:
    return catalogue().agency(AGENCY).consents["untuk-orang-lain"].version


@pytest.fixture
def sent(citizen: CheckedClient, draft: str) -> str:
    """The same, sent with the declaration that the person agreed."""
    assert send(citizen, draft, person_consent=version()).status_code == 303
    return draft


def link() -> str:
    """The address in the newest message to the citizen's number."""
    bodies = db.session.scalars(
        select(Message.body).where(Message.template == "grup-diajukan-untuk-anda").order_by(Message.id.desc())
    ).all()
    found = re.search(r"/bukan-permintaan-saya/\w+", bodies[0])
    assert found
    return found[0]


def say_no(client: CheckedClient) -> str:
    path = link()
    assert client.get(path).status_code == 200
    assert client.submit(form="bukan-permintaan").status_code == 200
    return path


def test_the_member_declares_that_the_person_agreed_with_version_and_time(citizen: CheckedClient, draft: str) -> None:
    assert send(citizen, draft).status_code == 422
    assert "Tanyakan dulu kepada orang ini" in citizen.page.words()
    assert "Orang ini sudah setuju" in citizen.page.words()
    assert application(draft).state == "draft"
    assert send(citizen, draft, person_consent="2020-01-01").status_code == 422, "the words of yesterday"
    assert send(citizen, draft, person_consent=version()).status_code == 303
    kept = db.session.scalars(select(ConsentRecord).where(ConsentRecord.key == "untuk-orang-lain")).one()
    assert (kept.version, kept.application_id, kept.given_at) == (version(), application(draft).id, clock.now())
    assert db.session.scalars(select(Representation.consent)).one() == "declared"


def test_a_letter_of_consent_does_as_well(citizen: CheckedClient, draft: str) -> None:
    assert upload(citizen, draft, "surat-persetujuan", photo((300, 200))).status_code == 303
    assert send(citizen, draft).status_code == 303
    assert db.session.scalars(select(Representation.consent)).one() == "letter"
    assert db.session.scalar(select(ConsentRecord.id).where(ConsentRecord.key == "untuk-orang-lain")) is None


def test_personal_mode_asks_for_no_consent_of_others_and_no_letter(citizen: CheckedClient, siti: Any) -> None:
    raised(siti.account_id)
    code = begin(citizen)
    for step, typed in TYPED.items():
        citizen.get(f"/permohonan/{code}/langkah/{step}")
        citizen.submit(typed, form="isian")
    assert "Surat Persetujuan" not in citizen.page.words()
    picture = photo()
    for key in PAPERS:
        upload(citizen, code, key, picture)
    citizen.get(f"/permohonan/{code}/langkah/kirim")
    assert "Orang ini sudah setuju" not in citizen.page.words()
    assert send(citizen, code).status_code == 303
    assert db.session.scalar(select(Representation.application_id)) is None


def test_the_person_is_told_discreetly_and_the_member_gets_the_news(sent: str, siti: Any) -> None:
    told = db.session.scalars(select(Message).where(Message.template == "grup-diajukan-untuk-anda")).one()
    assert (told.channel, told.recipient, told.account_id, told.application_id) == ("whatsapp", PHONE, None, None)
    for word in ("SITI", "Siti", "DEWI", "Dewi", "Akta", "NIK", sent):
        assert word not in told.body
    news = db.session.scalars(
        select(Message).where(Message.template == "terkirim", Message.channel == "whatsapp")
    ).one()
    assert news.recipient == "+6281234500001"


def test_looking_burns_nothing_and_pressing_twice_is_once(visitor: CheckedClient, sent: str) -> None:
    path = link()
    for _ in range(3):
        page = visitor.get(path)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert db.session.scalars(select(Token.used_at).where(Token.kind == "not-asked")).one() is None
    assert "DEWI" not in visitor.page.words()
    assert sent not in visitor.page.words()
    token = visitor.page.form("bukan-permintaan").values["csrf_token"]
    assert visitor.post(path, data={"csrf_token": token}).status_code == 200
    assert visitor.post(path, data={"csrf_token": token}).status_code == 410
    assert visitor.get(path).status_code == 410
    disputes = select(func.count()).select_from(Event).where(Event.action == "dispute")
    assert db.session.scalar(disputes) == 1
    digests = db.session.scalars(select(Token.digest).where(Token.kind == "not-asked")).one()
    assert digests not in path


def test_the_link_ends_by_itself(visitor: CheckedClient, sent: str) -> None:
    path = link()
    visitor.get(path)
    token = visitor.page.form("bukan-permintaan").values["csrf_token"]
    with clock.frozen(clock.now() + LINK_LIVES + timedelta(seconds=1)):
        assert visitor.get(path).status_code == 410
        visitor.get("/masuk")
        assert visitor.post(path, data={"csrf_token": token}).status_code in (400, 410)
    assert db.session.scalars(select(Representation.disputed_at)).one() is None
    assert visitor.get("/bukan-permintaan-saya/" + "0" * 32).status_code == 410


def test_a_disputed_case_is_approved_only_after_a_supervisor_looked_into_it(
    visitor: CheckedClient, sent: str, officer: Any, verifier: CheckedClient, citizen: CheckedClient
) -> None:
    say_no(visitor)
    verifier.get("/petugas/permohonan?status=semua")
    assert "bukan permintaan" in verifier.page.words()
    decide(sent, "take")
    verifier.get(f"/petugas/permohonan/{sent}")
    assert "menyatakan tidak meminta pengajuan ini" in verifier.page.words()
    assert "Bidan, Puskesmas Kajen: SITI AMINAH" in verifier.page.words()
    with pytest.raises(Invalid) as refused:
        decide(sent, "approve")
    assert set(refused.value.errors) == {"undisputed"}
    assert application(sent).state == "checking"
    path = f"/petugas/permohonan/{sent}/diwakili"
    assert verifier.get(path).status_code == 404, "a verifier does not clear it"
    supervisor = officer("supervisor")
    supervisor.get(f"/petugas/permohonan/{sent}")
    supervisor.get(supervisor.page.link("/diwakili"))
    assert supervisor.submit({"reason": ""}, form="lanjut").status_code == 422
    assert supervisor.submit({"reason": "Ibu bayi dihubungi: lupa, sudah setuju."}, form="lanjut").status_code == 200
    assert "menyatakan tidak meminta" not in supervisor.page.words()
    said = select(EventText.text).join(Event, Event.id == EventText.event_id).where(Event.action == "clear_dispute")
    assert db.session.scalars(said).one() == "Ibu bayi dihubungi: lupa, sudah setuju."
    assert decide(sent, "approve").state == "signing"
    assert verify_all() == []


def test_the_applicant_hears_only_that_it_takes_longer(
    visitor: CheckedClient, sent: str, citizen: CheckedClient
) -> None:
    say_no(visitor)
    news = db.session.scalars(select(Message).where(Message.template == "grup-diperiksa-lagi")).all()
    assert {one.recipient for one in news if one.channel == "whatsapp"} == {"+6281234500001"}
    assert all("meminta" not in one.body for one in news)
    citizen.get(f"/permohonan/{sent}")
    assert "meminta" not in citizen.page.words()


def test_a_paper_that_waits_to_be_signed_is_not_signed_when_the_person_says_no(
    visitor: CheckedClient, sent: str
) -> None:
    decide(sent, "take")
    decide(sent, "approve")
    say_no(visitor)
    with pytest.raises(Invalid) as refused:
        decide(sent, "sign", "signer")
    assert "undisputed" in refused.value.errors


def test_a_draft_of_an_ended_membership_stays_but_is_not_sent(citizen: CheckedClient, draft: str, member: str) -> None:
    lower(member)
    citizen.get(f"/permohonan/{draft}/langkah/kirim")
    assert "Keanggotaan grup Anda sudah berakhir" in citizen.page.words()
    assert send(citizen, draft, person_consent=version()).status_code == 422
    assert "Keanggotaan grup Anda sudah berakhir" in citizen.page.words()
    found = application(draft)
    assert (found.state, found.round, found.subject_name) == ("draft", 0, "DEWI ANGGRAINI")
    assert db.session.scalar(select(Message.id).where(Message.template == "grup-diajukan-untuk-anda")) is None


def test_what_was_sent_before_the_end_is_decided_as_usual(sent: str, member: str) -> None:
    lower(member)
    decide(sent, "take")
    assert decide(sent, "approve").state == "signing"


def test_an_own_number_is_not_told_of_the_own_application(
    site: Flask, citizen: CheckedClient, member: str, siti: Any
) -> None:
    switch(citizen, member)
    code = begin(citizen)
    for step, typed in TYPED.items():
        citizen.get(f"/permohonan/{code}/langkah/{step}")
        extra = {**OTHERS, "phone": "0812-3450-0001"} if step == "detail" else {}
        citizen.submit({**typed, **extra}, form="isian")
    picture = photo()
    for key in PAPERS:
        upload(citizen, code, key, picture)
    assert send(citizen, code, person_consent=version()).status_code == 303
    assert db.session.scalar(select(Message.id).where(Message.template == "grup-diajukan-untuk-anda")) is None
    assert db.session.scalar(select(Application.round).where(Application.code == code)) == 1
