"""What was deleted is nowhere: every column of every table is opened and searched for the person who left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from flask import Flask, current_app
from sqlalchemy import Date, DateTime, Integer, LargeBinary, select

from portal import clock
from portal.extensions import db
from portal.integrations.oidc import Identity
from portal.models import (
    Account,
    Application,
    DataRequest,
    Duty,
    Enrolment,
    Event,
    EventText,
    StoredFile,
    SupportingDocument,
)
from portal.models.columns import Sealed
from portal.operations import throttle
from portal.operations.audit import verify_all
from portal.operations.outside import attach
from portal.operations.recovery import Seen, drop_recovery, record_recovery
from portal.queries.recoveries import Person
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.journeys import joining, outbox
from tests.people import AGENCY, log_in_citizen, log_in_officer
from tests.web.grouping import raised
from tests.web.officers import account_of
from tests.web.registering import officer_does, register
from tests.web.test_own_contacts import ask_code, type_code

GOODBYE = "data-dihapus"  # the last message waits for its delivery, and is emptied a day later
WORDS = ("DEWI", "LESTARI", "MARYAM", "PUSKESMAS KAJEN", "0812345678", "812345678", "81399900012", "dewi@example.com")
NUMBERS = (("nik", joining.NIK), ("kk", joining.FORM["kk"]), ("phone", joining.PHONE), ("email", "dewi@example.com"))


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> Iterator[None]:
    throttle.forget_memory()
    return


@pytest.fixture
def dewi(site: Flask, visitor: CheckedClient) -> CheckedClient:
    """Somebody who used all that an account offers, and asks to be forgotten."""
    application = register(visitor)
    officer_does(application, "refuse", "Nama DEWI LESTARI belum sesuai.")
    visitor.get(f"/daftar/{AGENCY}/perbaiki")
    secret = dict.fromkeys(("password", "password_again"), joining.PASSWORD) | {"consent": "yes"}
    visitor.submit(secret | {"captcha_answer": joining.sum_answer(visitor, "register")}, form="register")
    officer_does(application, "approve")
    joining.activate(visitor, outbox.path_in(outbox.messages("aktivasi", to=joining.PHONE)[0]))
    account_id = db.session.scalars(select(Enrolment.account_id).where(Enrolment.agency == AGENCY)).one()
    client = log_in_citizen(site.test_client(), account_id)
    client.get("/akun/foto")
    client.submit({"photo": (BytesIO(photo()), "dewi lestari.jpg")}, form="/akun/foto")
    ask_code(client)
    type_code(client, outbox.code_in(outbox.messages("kode-ganti-hp")[0]))
    client.get("/akun/email")
    client.submit({"email": "dewi.lestari@example.org"}, form="email-change")
    with transaction():
        attach(account_id, Identity("google", "https://issuer.example", "dewi", "DEWI LESTARI", "dewi@example.com"))
        attached_document(account_id)
    raised(account_id)
    recovered(account_id)
    client.get("/akun/data-saya")
    client.submit({"password": joining.PASSWORD}, form="salinan")
    run_pending_jobs()
    client.get("/akun/data-saya")
    client.submit({"agency": AGENCY, "kind": "delete", "text": "Saya DEWI LESTARI, hapus."}, form="permintaan")
    return client


def attached_document(account_id: int) -> None:
    """A picture of the KTP that hangs on the registration."""
    registration = db.session.scalars(select(Application).where(Application.account_id == account_id)).first()
    file = db.session.scalars(select(StoredFile).where(StoredFile.account_id == account_id)).first()
    assert registration is not None
    assert file is not None
    db.session.add(
        SupportingDocument(
            code="ktp-0001",
            application_id=registration.id,
            step="x",
            key="ktp",
            file_id=file.id,
            dated_on=clock.today("Asia/Jakarta"),
            note="KTP DEWI LESTARI",
            added_at=clock.now(),
        )
    )


def recovered(account_id: int) -> None:
    """A recovery at the counter that came to nothing."""
    account = db.session.get_one(Account, account_id)
    enrolment = db.session.scalars(select(Enrolment).where(Enrolment.account_id == account_id)).one()
    registration = db.session.get_one(Application, enrolment.application_id)
    with transaction():
        seen = Seen("ktp-el", "Wajah DEWI LESTARI cocok.", "+6281399900012", "")
        recovery = record_recovery(Person(account, registration, enrolment), seen, account_of("rina"))
        drop_recovery(recovery, account_of("rina"))


def forget(site: Flask) -> None:
    dpo = log_in_officer(site.test_client(), "dpo")
    code = db.session.scalars(select(DataRequest.code).where(DataRequest.kind == "delete")).one()
    dpo.get(f"/petugas/data-pribadi/{code}")
    assert dpo.submit({"outcome": "done", "answer": "Data sudah kami hapus."}, form=code).status_code == 200


def traces() -> list[str]:
    """`table.column` of everything that still tells of Dewi, sealed columns opened."""
    vault = current_app.extensions["vault"]
    wanted = [word.casefold() for word in (*WORDS, joining.NIK, joining.FORM["kk"])]
    wanted += [vault.digest(kind, value) for kind, value in NUMBERS]
    db.session.remove()
    found = []
    for table in db.metadata.sorted_tables:
        columns = [c for c in table.c if isinstance(c.type, Sealed) or not isinstance(c.type, SKIPPED)]
        for row in db.session.execute(select(table)).mappings():
            if row.get("template") == GOODBYE:
                continue
            texts = ((column, str(row[column.name]).casefold()) for column in columns)
            found += [f"{table.name}.{column.name}" for column, text in texts if any(word in text for word in wanted)]
    return sorted(set(found))


SKIPPED = (Integer, Date, DateTime, LargeBinary)


def test_nothing_of_a_person_who_was_deleted_is_left_in_any_column(site: Flask, dewi: CheckedClient) -> None:
    before = traces()
    for place in ("account.name", "submission.content", "recovery.note", "event_text.text", "membership.institution"):
        assert place in before, "the search finds what is there"
    forget(site)
    assert traces() == []


def test_files_of_a_person_who_was_deleted_are_noise(site: Flask, dewi: CheckedClient) -> None:
    forget(site)
    db.session.remove()
    files = db.session.scalars(select(StoredFile)).all()
    assert len(files) >= 3, "a photo and two copies"
    assert all(file.erased_at and file.wrapped_key == b"" and not file.thumbnail_key for file in files)


def test_the_chain_of_events_is_whole_after_a_deletion(site: Flask, dewi: CheckedClient) -> None:
    """Also that verifying looks at every kind of subject that anything is recorded for."""
    forget(site)
    db.session.remove()
    assert db.session.scalar(select(EventText.text).where(EventText.text.is_not(None))) is None
    kinds = set(db.session.scalars(select(Event.subject_type).distinct()))
    assert kinds >= {"application", "membership", "duty"}
    assert verify_all() == []


def test_a_deleted_registration_stands_in_no_list_of_the_officers(site: Flask, dewi: CheckedClient) -> None:
    registrar = log_in_officer(site.test_client(), "registrar")
    code = db.session.scalars(select(Application.code)).first()
    assert code is not None
    listed = "/petugas/pendaftaran?status=active"
    assert code in registrar.get(listed).text
    forget(site)
    assert code not in registrar.get(listed).text
    assert registrar.get(f"/petugas/permohonan/{code}").status_code == 404


def test_an_officer_is_still_an_officer_after_leaving_as_a_citizen(site: Flask, dewi: CheckedClient) -> None:
    account_id = db.session.scalars(select(Enrolment.account_id)).one()
    with transaction():
        db.session.add(
            Duty(account_id=account_id, agency=AGENCY, office="", role="verifier", starts_on=date(2026, 1, 1))
        )
    forget(site)
    db.session.remove()
    assert db.session.get_one(Account, account_id).name
