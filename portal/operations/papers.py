"""Issued papers: wanted with a number, made by a job, handed out for a while, replaced or revoked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select, update

from portal import clock
from portal.engine.codes import format_code
from portal.engine.declare import Output
from portal.extensions import db
from portal.models import Application, Counter, IssuedDocument, StoredFile
from portal.queries.catalogue import Declared
from portal.queries.journeys import journey_of
from portal.queue import JobName, enqueue_after_commit
from portal.transaction import change

PDF = "application/pdf"
FOLDER = "issued"
FINISHED = "signed"  # the state of a paper that counts, also of one that asks for no signature


def want_paper(application: Application, declared: Declared, key: str, *, at: datetime) -> IssuedDocument:
    """Note that a paper is to be made, with its number and its verification code of 128 bits."""
    output = declared.service.output(key)
    assert output is not None, f"portal check proves that {key} is declared"
    last = db.session.scalar(
        select(func.max(IssuedDocument.issue)).where(
            IssuedDocument.application_id == application.id, IssuedDocument.key == key
        )
    )
    subject = journey_of(application, declared).values.get(output.subject, "")
    document = IssuedDocument(
        application_id=application.id,
        key=key,
        issue=(last or 0) + 1,
        title=output.title,
        number=take_number(output.number, declared.agency.region, at, declared.agency.zone),
        verification_code=secrets.token_urlsafe(16),
        state="wanted",
        subject_masked=mask_name(subject),
        wanted_at=at,
    )
    db.session.add(document)
    db.session.flush()
    enqueue_after_commit(JobName.MAKE_DOCUMENT, document.id)
    return document


def take_number(template: str, region: str, at: datetime, zone: str) -> str:
    """The next number of a template on the office's date; taken by one statement, so never twice.

    A counter runs for each distinct text around the running number: {ddmmyyyy} starts anew each day.
    """
    on = at.astimezone(ZoneInfo(zone)).date()
    series = "number:" + format_code(template, region=region, seq=0, on=on)
    return format_code(template, region=region, seq=_next(series), on=on)


def _next(key: str) -> int:
    if db.session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(Counter.__table__).values(key=key, value=1)
    taken = db.session.scalar(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": Counter.__table__.c.value + 1}
        ).returning(Counter.__table__.c.value)
    )
    return int(taken or 0)


def mask_name(name: str) -> str:
    """`SITI AMINAH` -> `S••• A•••`: enough to recognise, too little to learn; lengths are not told."""
    return " ".join(f"{word[0]}•••" for word in name.split())[:200]


def find_wanted(document_id: int) -> tuple[IssuedDocument, Application] | None:
    """A paper that still has to be made, with its application; None when there is nothing to do."""
    document = db.session.get(IssuedDocument, document_id)
    if document is None or document.state != "wanted":
        return None
    application = db.session.get(Application, document.application_id)
    assert application is not None
    return document, application


def keep_file(blob: Any, *, name: str, account_id: int | None = None) -> int:
    """Note a stored PDF as temporary; what nobody claims within a day, upkeep erases."""
    file = StoredFile(
        code=secrets.token_urlsafe(16),
        account_id=account_id,
        name=name,
        media_type=PDF,
        size=blob.size,
        sha256=blob.sha256,
        blob=blob.name,
        wrapped_key=blob.wrapped_key,
        created_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()
    return file.id


def claim_file(file_id: int) -> None:
    """A temporary file is now part of something and stays."""
    claimed = change(
        update(StoredFile)
        .where(
            StoredFile.id == file_id,
            StoredFile.claimed_at.is_(None),
            StoredFile.erased_at.is_(None),
        )
        .values(claimed_at=clock.now())
    )
    if claimed != 1:
        raise RuntimeError("The file was claimed or erased before.")


def record_made(document_id: int, file_id: int, *, signer_name: str) -> bool:
    """The unsigned paper exists; False when another run was first, whose file then counts.

    signer_name: who is named on it.
    """
    made = change(
        update(IssuedDocument)
        .where(IssuedDocument.id == document_id, IssuedDocument.state == "wanted")
        .values(state="made", unsigned_file_id=file_id, signer_name=signer_name, problem="")
    )
    if made != 1:
        return False
    claim_file(file_id)
    return True


def record_finished(document_id: int, file_id: int, *, sha256: str) -> bool:
    """A paper that nobody signs is whole once it is made; False when another run was first.

    sha256: of the file, by which the public tells it from another.
    """
    finished = change(
        update(IssuedDocument)
        .where(IssuedDocument.id == document_id, IssuedDocument.state == "wanted")
        .values(
            state=FINISHED,
            unsigned_file_id=file_id,
            signed_file_id=file_id,
            sha256=sha256,
            signed_at=clock.now(),
            problem="",
        )
    )
    if finished != 1:
        return False
    claim_file(file_id)
    return True


def record_problem(document_id: int, problem: str) -> None:
    """Why the last attempt to make or sign a paper failed, for officers; names no person."""
    db.session.execute(
        update(IssuedDocument)
        .where(IssuedDocument.id == document_id)
        .values(problem=problem[:200])
        .execution_options(synchronize_session=False)
    )


def hand_out(application_id: int, output: Output, *, at: datetime) -> None:
    """Allow the declared downloads of the newest finished paper until the declared end.

    A paper that nobody signs may still be in the making: it can be fetched as soon as it is finished.
    """
    _change_finished(
        application_id,
        output.key,
        among=(FINISHED,) if output.signed else ("wanted", FINISHED),
        grants_allowed=IssuedDocument.grants_taken + output.delivery.downloads,
        download_until=at + output.delivery.for_,
    )


def allow_one_more(application_id: int, output: Output, *, at: datetime) -> None:
    """Exactly one download more than were taken, for the declared time from now (SIN-79)."""
    _change_finished(
        application_id,
        output.key,
        grants_allowed=IssuedDocument.grants_taken + 1,
        download_until=at + output.delivery.for_,
    )


def close_downloads(application_id: int, key: str, *, at: datetime) -> None:
    """Downloads end now; an end that already passed stays."""
    db.session.execute(
        update(IssuedDocument)
        .where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.key == key,
            IssuedDocument.state == FINISHED,
            IssuedDocument.download_until > at,
        )
        .values(download_until=at)
        .execution_options(synchronize_session=False)
    )


def drop_unsigned(application_id: int, key: str) -> None:
    """Papers that were never handed out lose their effect; a signature under way finds no place any more."""
    db.session.execute(
        update(IssuedDocument)
        .where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.key == key,
            IssuedDocument.state.in_(("wanted", "made")),
        )
        .values(state="dropped", signing_token=None)
        .execution_options(synchronize_session=False)
    )


def end_validity(application_id: int, key: str, state: Literal["replaced", "revoked"], *, at: datetime) -> None:
    """The finished paper is replaced or revoked: it cannot be downloaded, and verification says so."""
    close_downloads(application_id, key, at=at)
    _change_finished(application_id, key, state=state)
    drop_unsigned(application_id, key)


def _change_finished(application_id: int, key: str, *, among: Sequence[str] = (FINISHED,), **values: Any) -> None:
    """Change the paper that counts; at most one does."""
    db.session.flush()
    newest = (
        select(func.max(IssuedDocument.id))
        .where(
            IssuedDocument.application_id == application_id,
            IssuedDocument.key == key,
            IssuedDocument.state.in_(among),
        )
        .scalar_subquery()
    )
    db.session.execute(
        update(IssuedDocument)
        .where(IssuedDocument.id == newest)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def render(template: str, words: Any, agency: str) -> bytes:
    """The PDF of a paper; about a tenth of a second of processor time, so never inside a transaction."""
    from portal.documents.pdf import render_document, render_pdf

    return render_pdf(render_document(f"{template}.html", words, agency=agency))


def store_pdf(pdf: bytes) -> Any:
    """Encrypt and store a PDF; outside of any transaction, because it may take seconds."""
    return current_app.extensions["storage"].put(pdf, FOLDER)


def read_file(file: StoredFile) -> bytes:
    """The bytes of a stored file; raises the storage's errors."""
    content: bytes = current_app.extensions["storage"].read(file.blob, file.wrapped_key)
    return content
