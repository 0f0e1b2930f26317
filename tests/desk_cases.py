"""Cases for the officers' desk: sent applications and registrations, made through the operations."""

from __future__ import annotations

import io
import secrets
from datetime import date, timedelta
from functools import cache

from sqlalchemy import update

from portal import clock
from portal.documents.uploads import AcceptedUpload, inspect_upload
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, Token
from portal.operations.answers import save_answers
from portal.operations.applications import start_application
from portal.operations.credentials import hash_password
from portal.operations.files import keep_file, store_blobs
from portal.operations.registrations import (
    CONSENT_KEY,
    Filled,
    begin_registration,
    send_registration,
)
from portal.operations.submissions import send_application
from portal.operations.supporting_documents import Sheet, attach_document
from portal.queries.catalogue import catalogue, declared_for
from portal.queries.registrations import get_registration_form
from portal.transaction import transaction
from tests.birth_certificate import PAPERS, TYPED
from tests.fixtures_files import photo
from tests.people import AGENCY, PASSWORD, SERVICE, VILLAGE

KK = "9901010101200007"
# As the steps are stored: what is locked stands there too.
ANSWERS = {
    **TYPED,
    "detail": TYPED["detail"]
    | {
        "baby_nik": "",
        "baby_name": "DEWI LESTARI",
        "kk": KK,
        "phone": "+6281234500001",
        "email": "siti@example.com",
        "address": VILLAGE,
        "birth_place": "PEKALONGAN",
        "born_at": "2026-11-01T07:30",
        "length": "49",
    },
    "kirim": {"paper": "auto"},
}


@cache
def _upload() -> AcceptedUpload:
    return inspect_upload(io.BytesIO(photo()), "foto.jpg", allowed=("jpg",), max_bytes=5_000_000)


def send_case(account_id: int, **changes: str) -> str:
    """An application that was sent; returns its code. changes: other answers by key."""
    kept = [store_blobs(_upload()) for _ in PAPERS]
    with transaction():
        agency = catalogue().agency(AGENCY)
        service = catalogue().service(AGENCY, SERVICE)
        assert service is not None
        application = start_application(agency, service, account_id=account_id)
        declared = declared_for(application)
        for step, values in ANSWERS.items():
            given = {key: changes.get(key, value) for key, value in values.items()}
            save_answers(application, declared, step, given, seen=0)
        for key, blobs in zip(PAPERS, kept, strict=True):
            sheet = Sheet(date(2026, 11, 2), 1)
            file = keep_file(blobs, account_id=account_id)
            attach_document(application, declared, file, sheet, step="data-dukung", key=key)
        send(application)
        return application.code


def send(application: Application) -> None:
    """Send a draft or a revision with the consent that is asked for."""
    agency = catalogue().agency(application.agency)
    send_application(
        application,
        Actor("applicant", application.account_id),
        consent_version=agency.consents["persetujuan-layanan"].version,
        seen=application.version,
    )


def register(nik: str, name: str, kk: str = KK) -> str:
    """A registration that a stranger sent, the phone proven; returns its code."""
    form = get_registration_form(AGENCY)
    rules = form.service.registration
    assert rules is not None
    consent = form.agency.consents["pendaftaran"].version
    phone = "+6281234" + nik[-6:]
    steps = {
        "data-diri": {
            "nik": nik,
            "name": name,
            "kk": kk,
            "birth_place": "PEKALONGAN",
            "born_on": "1990-08-05",
            "mother_name": "MURNI",
        },
        "alamat-kontak": {"address": VILLAGE, "phone": phone, "email": f"{nik[-4:]}@example.com"},
        "daftar": {CONSENT_KEY: consent},
    }
    with transaction():
        application = begin_registration(form, Filled(steps, hash_password(PASSWORD), consent))
        now = clock.now()
        token = Token(kind="phone", digest=secrets.token_hex(32), application_id=application.id)
        token.value, token.used_at, token.created_at = phone, now, now
        token.expires_at = now + timedelta(minutes=5)
        db.session.add(token)
        save_answers(application, declared_for(application), "kata-kunci", {}, seen=0)
        send_registration(application)
        assert application.state == "sent", application.state
        return application.code


def many_cases(account_id: int, count: int) -> list[str]:
    """Rows as many applications leave them, all sent within the same few seconds."""
    codes = []
    first = send_case(account_id)
    with transaction():
        model = db.session.query(Application).filter_by(code=first).one()
        for number in range(count):
            code = f"AKL332699{number:06d}"
            db.session.add(
                Application(
                    code=code,
                    kind="service",
                    agency=AGENCY,
                    service=SERVICE,
                    declaration_id=model.declaration_id,
                    account_id=account_id,
                    state="sent",
                    round=1,
                    subject_name=f"ANAK {number:03d}",
                    created_at=clock.now(),
                    entered_at=clock.now(),
                    # Several share one moment, so that the tie-breaker is needed.
                    sent_at=clock.now() - timedelta(minutes=number // 3),
                    due_on=model.due_on,
                )
            )
            codes.append(code)
    return [first, *codes]


def change(code: str, **values: object) -> None:
    """Set columns of a case directly, for states that take long to reach."""
    with transaction() as session:
        session.execute(update(Application).where(Application.code == code).values(**values))
