"""Reads behind the guards: notes, papers, claims, and who acted before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select

from portal.extensions import db
from portal.models import (
    Application,
    Enrolment,
    Event,
    IssuedDocument,
    RevisionNote,
    Token,
)
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared


@dataclass(frozen=True)
class NoteCounts:
    """Notes that the officer drafted and not yet sent, and those that the applicant must answer."""

    drafted: int
    unanswered: int


@dataclass(frozen=True)
class PaperFacts:
    """When the newest paper was signed, and whether anybody took it."""

    signed_at: datetime | None
    downloaded: bool


def count_notes(application_id: int) -> NoteCounts:
    """Open revision notes of an application."""
    is_open = RevisionNote.answered_at.is_(None)
    drafted, unanswered = db.session.execute(
        select(
            func.count().filter(is_open, RevisionNote.returned_at.is_(None)),
            func.count().filter(is_open, RevisionNote.returned_at.is_not(None)),
        ).where(RevisionNote.application_id == application_id)
    ).one()
    return NoteCounts(drafted, unanswered)


def find_paper_facts(application_id: int) -> PaperFacts:
    """Facts of the newest issued document that still counts."""
    row = db.session.execute(
        select(IssuedDocument.signed_at, IssuedDocument.grants_taken)
        .where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.state.in_(("made", "signed")),
        )
        .order_by(IssuedDocument.id.desc())
        .limit(1)
    ).one_or_none()
    return PaperFacts(row.signed_at if row else None, bool(row and row.grants_taken > 0))


def is_phone_proven(application: Application, declared: Declared) -> bool:
    """Whether a code that was sent to the very number in the answers came back."""
    registration = declared.service.registration
    if registration is None:
        return True
    answers = answers_of(application.id)
    number = next((v[registration.phone] for v in answers.values() if registration.phone in v), "")
    proven = db.session.scalars(
        select(Token.value).where(
            Token.application_id == application.id,
            Token.kind == "phone",
            Token.used_at.is_not(None),
        )
    )
    return bool(number) and number in proven.all()


def is_own_case(application: Application, account_id: int | None) -> bool:
    """Whether the case is the officer's own, or of the officer's family (same No. KK)."""
    if application.account_id == account_id:
        return True
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Enrolment.account_id == account_id,
                    or_(
                        Enrolment.nik_digest == application.subject_digest,
                        Enrolment.kk_digest == application.family_digest,
                    ),
                )
            )
        )
    )


def acted_before(application_id: int, account_id: int | None) -> bool:
    """Whether this officer ever moved the application from one state to another."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Event.subject_type == "application",
                    Event.subject_id == application_id,
                    Event.actor_id == account_id,
                    Event.actor_kind == "officer",
                    Event.from_state != Event.to_state,
                )
            )
        )
    )


def count_events(application_id: int, action: str) -> int:
    """How often an action happened to an application."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Event.subject_type == "application",
                Event.subject_id == application_id,
                Event.action == action,
            )
        )
        or 0
    )
