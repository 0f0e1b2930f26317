"""Submissions: sending freezes what was sent, and sending twice is sending once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal import clock
from portal.engine.calendars import add_working_days
from portal.engine.declare import ReviewStep
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import (
    Application,
    ConsentRecord,
    StoredFile,
    Submission,
    SupportingDocument,
)
from portal.operations import counts
from portal.operations.facts import PERSON_CONSENT
from portal.operations.perform import Payload, Performed, perform
from portal.operations.representations import keep_agreement
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared, declared_for
from portal.queries.places import known_holidays
from portal.queue import JobName, enqueue_after_commit


def send_application(
    application: Application,
    actor: Actor,
    *,
    consent_version: str,
    seen: int,
    action: str = "send",
    person_consent: str = "",
) -> Performed:
    """Send a draft or a revision: state, frozen submission, consent and notices, all or nothing.

    person_consent: version of what a group member declares about whom the application is for.
    Raises what `perform` raises; nothing is frozen then. Who presses twice meets a
    Conflict, and the route shows the proof of the first sending instead.
    """
    declared = declared_for(application)
    # The notice that goes out with the change names the day, so it is set first.
    application.due_on = due_on = due_date(declared)
    now = clock.now()
    counts.change_year(application, now)
    application.sent_at = now
    application.round += 1
    db.session.flush()
    payload = Payload(seen=seen, consent_version=consent_version, values={PERSON_CONSENT: person_consent})
    performed = perform(application, action, actor, payload)
    submission = Submission(
        application_id=application.id,
        round=application.round,
        declaration_id=application.declaration_id,
        content=_content(application),
        consent_key=_consent_key(declared),
        consent_version=consent_version,
        sent_at=performed.at,
        due_on=due_on,
    )
    db.session.add(submission)
    db.session.add(
        ConsentRecord(
            account_id=application.account_id,
            application_id=application.id,
            agency=application.agency,
            key=_consent_key(declared),
            version=consent_version,
            given_at=performed.at,
        )
    )
    db.session.flush()
    keep_agreement(application, declared, person_consent)
    enqueue_after_commit(JobName.MAKE_RECEIPT, submission.id)
    return performed


def freeze_answers(application: Application, *, at: datetime) -> None:
    """Freeze what counts now as a round of its own, so that a change can be read beside it; nothing is sent."""
    db.session.add(
        Submission(
            application_id=application.id,
            round=application.round,
            declaration_id=application.declaration_id,
            content=_content(application),
            sent_at=at,
        )
    )
    db.session.flush()


def due_date(declared: Declared) -> date:
    """The date by which an answer is due, in working days of the agency's zone."""
    return add_working_days(clock.today(declared.agency.zone), declared.service.answer_within, known_holidays())


def _content(application: Application) -> dict[str, Any]:
    documents = db.session.execute(
        select(
            SupportingDocument.code,
            SupportingDocument.key,
            SupportingDocument.dated_on,
            SupportingDocument.sheet,
            StoredFile.sha256,
            StoredFile.code.label("file"),
            StoredFile.name,
            StoredFile.thumbnail_size,
        )
        .join(StoredFile, StoredFile.id == SupportingDocument.file_id)
        .where(
            SupportingDocument.application_id == application.id,
            SupportingDocument.removed_at.is_(None),
        )
        .order_by(SupportingDocument.id)
    )
    return {
        "answers": answers_of(application.id),
        "documents": [{**row._asdict(), "dated_on": row.dated_on.isoformat()} for row in documents],
    }


def _consent_key(declared: Declared) -> str:
    steps = declared.service.steps
    return next((step.consent for step in steps if isinstance(step, ReviewStep)), "")
