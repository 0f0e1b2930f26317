"""Applications for tests and benchmarks: filled in by the types of their questions, so any declared service fits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from portal import clock
from portal.engine.declare import DocumentsStep, FieldDeclaration
from portal.engine.fields.office import offices_open
from portal.engine.journey import Journey
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, IssuedDocument, StoredFile, SupportingDocument, Token
from portal.operations.answers import save_answers
from portal.operations.applications import start_application
from portal.operations.submissions import send_application
from portal.queries.catalogue import Declared, catalogue, declared_for
from portal.queries.facts import RESUME
from portal.queries.journeys import journey_of
from tests.people import VILLAGE

# One right answer of each type of question; a choice takes its first option, a number its least.
ANSWERS = {
    "nik": "9901014508900001",
    "kk": "9901010101200007",
    "name": "SITI AMINAH",
    "phone": "+6281234500001",
    "email": "siti@gmail.com",
    "telephone": "0285123456",
    "npwp": "9901014508900001",
    "nitku": "000000",
    "passport_number": "A1234567",
    "username": "siti.aminah",
    "region": VILLAGE,
    "yes_no": "yes",
    "date": "1990-08-05",
    "datetime": "2026-08-17T07:30",
    "time": "07:30",
    "textarea": "Akta baru untuk anak yang lahir di Pekalongan.",
    "text": "PEKALONGAN",
}


def start(agency: str, service: str, account_id: int | None) -> Application:
    """An empty draft."""
    declared = catalogue().service(agency, service)
    assert declared is not None
    return start_application(catalogue().agency(agency), declared, account_id=account_id)


def fill(application: Application, given: Mapping[str, str] | None = None) -> Application:
    """Answer every question and give every document, as a form that was sent would; given: answers by key."""
    declared = declared_for(application)
    for step in declared.service.steps:
        journey = journey_of(application, declared)
        if isinstance(step, DocumentsStep):
            for item in journey.visible_documents(step.key):
                give_document(application, step.key, item.key)
            continue
        parsed = journey.parse_step(step.key, _answers_to(journey, step.key) | dict(given or {}))
        if parsed.values:
            save_answers(application, declared, step.key, parsed.values, seen=0)
    prove_phone(application, declared)
    lacking = journey_of(application, declared).missing()
    assert not lacking, f"tests/cases.py knows no answer to {lacking}"
    return application


def _answers_to(journey: Journey, step: str) -> dict[str, str]:
    """Right answers to one step; those that open further questions first."""
    raw: dict[str, str] = {}
    while True:
        asked = [question for question in journey.visible_fields(step, raw) if question.key not in raw]
        if not asked:
            return raw
        for question in asked:
            raw[question.key] = _office(question, journey, raw) if question.type == "office" else answer_to(question)


def _office(question: FieldDeclaration, journey: Journey, raw: dict[str, str]) -> str:
    above = raw.get(question.under) or journey.values.get(question.under, "")
    return offices_open(question, journey.context.offices, above)[0].code


def answer_to(question: FieldDeclaration) -> str:
    """A right answer, by the type of the question alone."""
    if question.options:
        return question.options[0].value
    if question.type == "number":
        return str(question.min or 1)
    return ANSWERS.get(question.type, "x" * 12)


def give_document(application: Application, step: str, key: str) -> None:
    """A supporting document whose file exists as a row only; nothing here opens it."""
    file = StoredFile(
        code=secrets.token_urlsafe(12),
        account_id=application.account_id,
        name=f"{key}.jpg",
        media_type="image/jpeg",
        size=1000,
        sha256=secrets.token_hex(32),
        original_sha256=secrets.token_hex(32),
        blob=f"documents/{secrets.token_hex(8)}",
        wrapped_key=b"key",
        created_at=clock.now(),
        claimed_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()
    db.session.add(
        SupportingDocument(
            code=secrets.token_urlsafe(12),
            application_id=application.id,
            step=step,
            key=key,
            file_id=file.id,
            dated_on=date(2026, 8, 18),
            note="",
            added_at=clock.now(),
        )
    )
    db.session.flush()


def prove_phone(application: Application, declared: Declared) -> None:
    """The number in the answers of a registration, as if its code had come back."""
    registration = declared.service.registration
    if registration is None or not registration.phone:
        return
    now = clock.now()
    db.session.add(
        Token(
            kind="phone",
            digest=secrets.token_hex(32),
            application_id=application.id,
            value=journey_of(application, declared).values[registration.phone],
            created_at=now,
            expires_at=now + timedelta(hours=1),
            used_at=now,
        )
    )
    db.session.flush()


def prove_mailbox(application: Application) -> None:
    """The address in the answers of a registration, as if the link to it had been opened."""
    declared = declared_for(application)
    registration = declared.service.registration
    assert registration is not None
    now = clock.now()
    db.session.add(
        Token(
            kind=RESUME,
            digest=secrets.token_hex(32),
            application_id=application.id,
            value=journey_of(application, declared).values[registration.email],
            created_at=now,
            expires_at=now + timedelta(hours=1),
            used_at=now,
        )
    )
    db.session.flush()


def consent_version(application: Application) -> str:
    """The version of the consent that sending this application asks for."""
    declared = declared_for(application)
    keys = [step.consent for step in declared.service.steps if getattr(step, "consent", "")]
    return declared.agency.consents[keys[0]].version if keys else ""


def send(application: Application) -> Application:
    """Send a filled draft, as its applicant."""
    send_application(
        application,
        Actor("applicant", application.account_id),
        consent_version=consent_version(application),
        seen=application.version,
    )
    return application


def put_into(application: Application, state: str, **values: Any) -> Application:
    """Set a state from outside, counters included: for tests that begin in the middle."""
    from portal.operations import counts

    from_state = application.state
    if values:
        db.session.execute(update(Application).where(Application.id == application.id).values(**values))
        db.session.refresh(application)
    counts.move(application, from_state, state)
    db.session.execute(update(Application).where(Application.id == application.id).values(state=state))
    db.session.refresh(application)
    return application


def issue_paper(application: Application, *, state: str = "made", **values: Any) -> IssuedDocument:
    """A paper of the application whose PDF exists as a row only."""
    document = IssuedDocument(
        application_id=application.id,
        key="akta",
        issue=values.pop("issue", 1),
        title="Kutipan Akta Kelahiran",
        number=f"3326-LU-{secrets.token_hex(6)}",
        verification_code=secrets.token_urlsafe(16),
        state=state,
        subject_masked="S••• A•••",
        wanted_at=clock.now(),
        **values,
    )
    db.session.add(document)
    db.session.flush()
    return document


def paper_to_download(application: Application, *, file_id: int | None = None) -> IssuedDocument:
    """A signed paper that waits for its one download."""
    now = clock.now()
    return issue_paper(
        application,
        state="signed",
        signed_at=now,
        signed_file_id=file_id,
        sha256=secrets.token_hex(32),
        grants_allowed=1,
        download_until=now + timedelta(days=7),
    )
