"""Requests of people about their own data: asked, made by a job, answered by who protects it at the agency."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from flask import current_app
from sqlalchemy import update

from portal import clock
from portal.engine.messages import first_name
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.models import Account, DataRequest, StoredFile
from portal.operations.erasure import erase_enrolment, restrict_enrolment
from portal.operations.outbox import due_words, post_message
from portal.operations.personal_data import gather_copy, paper_of_copy
from portal.queries.catalogue import catalogue
from portal.queries.privacy import has_open_request
from portal.queue import JobName, enqueue_after_commit
from portal.transaction import change, transaction

ANSWER_WITHIN = timedelta(hours=72)  # 3 x 24 hours: UU 27/2022
COPY_LIVES = timedelta(hours=24)
SHORTEST = 5
FOLDER = "copies"
PATH = "/akun/data-saya"
Outcome = Literal["done", "restricted", "refused"]


def ask_copy(account_id: int, agencies: Sequence[str]) -> DataRequest:
    """Let a job make a copy of what these agencies hold of a person; one at a time."""
    return _ask(account_id, "", "copy", " ".join(agencies))


def ask_agency(account_id: int, agency: str, kind: str, text: str) -> DataRequest:
    """Ask an agency to correct or delete data, or to stop using it.

    Raises Invalid when a correction does not say what is wrong.
    """
    if kind == "correct" and len(text.strip()) < SHORTEST:
        raise Invalid({"text": "Tulis data mana yang salah, dan apa yang benar."})
    return _ask(account_id, agency, kind, text.strip())


def _ask(account_id: int, agency: str, kind: str, text: str) -> DataRequest:
    if has_open_request(account_id, agency, kind):
        raise Conflict("Permintaan yang sama masih diproses. Lihat di bawah.")
    now = clock.now()
    request = DataRequest(
        code=secrets.token_urlsafe(16),
        account_id=account_id,
        agency=agency,
        kind=kind,
        text=text or None,
        asked_at=now,
        due_at=now + ANSWER_WITHIN,
    )
    db.session.add(request)
    db.session.flush()
    if kind == "copy":
        enqueue_after_commit(JobName.MAKE_DATA_COPY, request.id)
    return request


def make_copy(request_id: int) -> None:
    """Write the copy as JSON and as PDF; outside any transaction but the last, and twice is once."""
    request = db.session.get(DataRequest, request_id)
    if request is None or request.kind != "copy" or request.state != "open":
        return
    copy = gather_copy(request.account_id, (request.text or "").split())
    body = json.dumps(copy, ensure_ascii=False, indent=1).encode()
    paper = paper_of_copy(copy)
    storage = current_app.extensions["storage"]
    blobs = {"application/json": storage.put(body, FOLDER), "application/pdf": storage.put(paper, FOLDER)}
    with transaction():
        files = {kind: _keep(blob, kind, request.account_id) for kind, blob in blobs.items()}
        made = change(
            update(DataRequest)
            .where(DataRequest.id == request_id, DataRequest.state == "open")
            .values(
                state="done",
                answered_at=clock.now(),
                json_file_id=files["application/json"],
                pdf_file_id=files["application/pdf"],
            )
        )
        if made:
            _tell(request, "salinan-data")


def _keep(blob: object, media_type: str, account_id: int) -> int:
    """A file that nobody claims: upkeep makes it unreadable after a day."""
    suffix = media_type.rpartition("/")[2]
    file = StoredFile(
        code=secrets.token_urlsafe(16),
        account_id=account_id,
        name=f"data-saya.{suffix}",
        media_type=media_type,
        size=blob.size,  # type: ignore[attr-defined]
        sha256=blob.sha256,  # type: ignore[attr-defined]
        blob=blob.name,  # type: ignore[attr-defined]
        wrapped_key=blob.wrapped_key,  # type: ignore[attr-defined]
        created_at=clock.now(),
    )
    db.session.add(file)
    db.session.flush()
    return file.id


def answer_request(request: DataRequest, officer: int, outcome: Outcome, words: str) -> None:
    """Answer a request once; a deletion is done in the same moment.

    Raises Invalid without words, and Conflict when somebody answered it already.
    """
    if len(words.strip()) < SHORTEST:
        raise Invalid({"answer": "Tulis jawaban yang dapat dipahami pemohon."})
    if request.kind == "delete" and outcome == "done":
        erase_enrolment(request.account_id, request.agency)
    if outcome == "restricted":
        restrict_enrolment(request.account_id, request.agency)
    answered = change(
        update(DataRequest)
        .where(DataRequest.id == request.id, DataRequest.state == "open")
        .values(state=outcome, answer=words.strip(), answered_at=clock.now(), answered_by=officer)
    )
    if answered != 1:
        raise Conflict("Permintaan ini sudah dijawab petugas lain.")
    is_gone = request.kind == "delete" and outcome == "done"
    if not is_gone:
        _tell(request, "permintaan-data-dijawab")


def _tell(request: DataRequest, key: str) -> None:
    account = db.session.get(Account, request.account_id)
    agency = request.agency or next(iter(catalogue().agencies))
    if account is None:
        return
    zone = catalogue().agency(agency).zone
    values = {"first_name": first_name(account.name), "link": PATH}
    if key == "salinan-data":
        values["due"] = due_words(clock.now() + COPY_LIVES, zone)
    post_message(
        key,
        agency=agency,
        account_id=account.id,
        to_phone=account.phone if account.phone_proven_at else None,
        to_email=account.email,
        values=values,
        dedupe=f"data:{request.id}:{key}",
    )
