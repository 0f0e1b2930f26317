"""Applications: their state, answers, documents, rounds of revision and talk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db
from portal.models.columns import Moment, Sealed

REGISTRATIONS: dict[str, Any] = {
    "sqlite_where": text("kind = 'registration'"),
    "postgresql_where": text("kind = 'registration'"),
}


class Declaration(db.Model):
    """One version of a service with its workflow, under its content hash; never dropped in use."""

    __tablename__ = "declaration"
    __table_args__ = (
        Index(
            "uq_declaration_current",
            "agency",
            "service",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    agency: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(60))
    body: Mapped[str]
    is_current: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Moment)


class Application(db.Model):
    """A subject: one application, or one registration, with its place in a workflow."""

    __tablename__ = "application"
    __table_args__ = (
        Index("ix_application_desk", "agency", "state", "sent_at", "id"),
        Index("ix_application_desk_service", "agency", "service", "state", "sent_at", "id"),
        Index("ix_application_account", "account_id", "id"),
        Index("ix_application_claimed", "claimed_by", "state"),
        Index("ix_application_timer", "state", "entered_at"),
        # Registrations of one office in their order, and those of an agency by name; services need neither.
        Index("ix_application_registration_office", "agency", "office", "state", "sent_at", "id", **REGISTRATIONS),
        Index("ix_application_registration_name", "agency", "service", "state", "subject_name", "id", **REGISTRATIONS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # service, registration
    agency: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(60))
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    mode: Mapped[str] = mapped_column(String(40), default="personal")
    office: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=0)  # moves with every change of state
    seq: Mapped[int] = mapped_column(default=0)  # the last event's number
    head: Mapped[str] = mapped_column(String(64), default="")  # the last event's MAC
    round: Mapped[int] = mapped_column(default=0)  # how often it was sent
    subject_name: Mapped[str] = mapped_column(String(200), default="", index=True)
    subject_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    family_digest: Mapped[str | None] = mapped_column(String(64))  # keyed hash of the No. KK
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    entered_at: Mapped[datetime] = mapped_column(Moment)  # when the present state began
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    due_on: Mapped[date | None]
    erased_at: Mapped[datetime | None] = mapped_column(Moment)  # a draft that was thrown away


class Answers(db.Model):
    """The encrypted answers of one step (of one person or row), with a version of their own."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("application_id", "step", "row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    step: Mapped[str] = mapped_column(String(40))
    row: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1)
    values: Mapped[dict[str, str]] = mapped_column(Sealed("answers.values"))
    saved_at: Mapped[datetime] = mapped_column(Moment)


class StoredFile(db.Model):
    """An encrypted blob with a key of its own; temporary until something claims it."""

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix_stored_file_unclaimed", "claimed_at", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # random, for addresses
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Sealed("stored_file.name"))  # as the person called it
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    original_sha256: Mapped[str] = mapped_column(String(64), default="", index=True)
    blob: Mapped[str] = mapped_column(String(80))
    wrapped_key: Mapped[bytes]
    thumbnail_blob: Mapped[str | None] = mapped_column(String(80))
    thumbnail_key: Mapped[bytes | None]
    thumbnail_size: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


class SupportingDocument(db.Model):
    """A file given for one named document of an application (data dukung)."""

    __tablename__ = "supporting_document"
    __table_args__ = (
        Index("ix_supporting_document_application", "application_id", "removed_at"),
        CheckConstraint("sheet >= 1", name="sheet"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    step: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    dated_on: Mapped[date]
    sheet: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(Sealed("supporting_document.note"))
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_round: Mapped[int] = mapped_column(default=0)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


class Submission(db.Model):
    """What was sent in one round, frozen: answers, documents, declaration, consent."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("application_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int]
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    # Under "answers" values by step and key, under "documents" a list with code, key and sha256 of each.
    content: Mapped[dict[str, Any]] = mapped_column(Sealed("submission.content"))
    consent_key: Mapped[str] = mapped_column(String(40), default="")
    consent_version: Mapped[str] = mapped_column(String(20), default="")
    sent_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date | None]


class RevisionNote(db.Model):
    """What an officer asks to mend, about a field, a document, or the whole."""

    __tablename__ = "revision_note"
    __table_args__ = (Index("ix_revision_note_application", "application_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int]
    target: Mapped[str] = mapped_column(String(80))  # field:<key>, document:<key>, or "all"
    text: Mapped[str] = mapped_column(Sealed("revision_note.text"))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    written_at: Mapped[datetime] = mapped_column(Moment)
    returned_at: Mapped[datetime | None] = mapped_column(Moment)  # None: still the officer's draft
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class ChatMessage(db.Model):
    """One line of the talk between applicant and officers of an application."""

    __tablename__ = "chat_message"
    __table_args__ = (UniqueConstraint("application_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    seq: Mapped[int]  # the number of its event
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    by_officer: Mapped[bool]
    author_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Sealed("chat_message.text"))
    once_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    written_at: Mapped[datetime] = mapped_column(Moment)


class IssuedDocument(db.Model):
    """A paper that the portal issued: made, signed, published, replaced or revoked."""

    __tablename__ = "issued_document"
    __table_args__ = (
        UniqueConstraint("application_id", "key", "issue"),
        CheckConstraint("state IN ('wanted', 'made', 'signed', 'replaced', 'revoked', 'dropped')", name="state"),
        CheckConstraint("grants_taken <= grants_allowed", name="grants"),
        Index("ix_issued_document_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    key: Mapped[str] = mapped_column(String(40))
    issue: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(80), unique=True)
    verification_code: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(20), default="wanted")
    subject_masked: Mapped[str] = mapped_column(String(200))
    unsigned_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    signed_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # of the signed file
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    signer_name: Mapped[str] = mapped_column(String(200), default="")
    signing_token: Mapped[str | None] = mapped_column(String(40))  # whose attempt is under way
    problem: Mapped[str] = mapped_column(String(200), default="")  # why the last attempt failed
    wanted_at: Mapped[datetime] = mapped_column(Moment)
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    grants_allowed: Mapped[int] = mapped_column(default=0)
    grants_taken: Mapped[int] = mapped_column(default=0)
    download_until: Mapped[datetime | None] = mapped_column(Moment)


class DownloadGrant(db.Model):
    """One taken permission to download: the same account may resume it for a while."""

    __tablename__ = "download_grant"
    __table_args__ = (UniqueConstraint("document_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("issued_document.id"))
    ordinal: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    taken_at: Mapped[datetime] = mapped_column(Moment)
    resume_until: Mapped[datetime] = mapped_column(Moment)


class Counter(db.Model):
    """A running number, such as that of the papers of one day."""

    __tablename__ = "counter"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class StateCount(db.Model):
    """How many subjects stand in a state: an exact counter, written with each transition."""

    __tablename__ = "state_count"
    __table_args__ = (
        CheckConstraint("total >= 0", name="total"),
        UniqueConstraint("agency", "service", "office", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(60))
    office: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(40))
    total: Mapped[int] = mapped_column(default=0)
