"""Reads behind the guards: notes, papers, claims, and who acted before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from portal.extensions import db
from portal.models import (
    Account,
    Application,
    Event,
    IssuedDocument,
    LoginName,
    RevisionNote,
    Token,
)
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared

RESUME = "resume"  # the kind of link that proves a mailbox and opens the rest of a form


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
    """Whether a code that was sent to the very number in the answers came back, now or to its account before."""
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
    return bool(number) and (number in proven.all() or number == _proven_phone(application.account_id))


def is_mailbox_proven(
    application: Application, declared: Declared, answers: Mapping[str, Mapping[str, str]] | None = None
) -> bool:
    """Whether the link that went to the very address in the answers was opened with its button (KAR-44).

    answers: by step, where they were read already.
    """
    registration = declared.service.registration
    if registration is None:
        return True
    answers = answers_of(application.id) if answers is None else answers
    address = next((v[registration.email] for v in answers.values() if registration.email in v), "")
    proven = db.session.scalars(
        select(Token.value).where(
            Token.application_id == application.id, Token.kind == RESUME, Token.used_at.is_not(None)
        )
    )
    return bool(address) and address in proven.all()


def has_proven_name(account_id: int | None, agency: str) -> bool:
    """Whether the account can be logged in to with a name of this agency."""
    found = select(LoginName.id).where(
        LoginName.account_id == account_id, LoginName.agency == agency, LoginName.proven_at.is_not(None)
    )
    return db.session.scalar(found.limit(1)) is not None


def _proven_phone(account_id: int | None) -> str | None:
    account = db.session.get(Account, account_id) if account_id is not None else None
    return account.phone if account is not None and account.phone_proven_at else None


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
