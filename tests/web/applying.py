"""Filling in an application as a browser without JavaScript would, for tests that need one in some state."""

from __future__ import annotations

import io
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application, IssuedDocument, StoredFile
from portal.operations.notes import draft_note
from portal.operations.papers import keep_file
from portal.operations.perform import Payload, perform
from portal.queries.catalogue import catalogue
from portal.transaction import transaction
from tests.birth_certificate import PAPERS, TYPED
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.people import AGENCY, OFFICERS, SERVICE, application


def begin(client: CheckedClient) -> str:
    """Press [Baru]; returns the code of the draft."""
    client.get(f"/layanan/{AGENCY}/{SERVICE}")
    response = client.submit(form="/baru", follow=False)
    assert response.status_code == 303, response.text
    return response.headers["Location"].split("/")[2]


def fill(client: CheckedClient, code: str, step: str, **changes: str) -> Any:
    """Answer one step; returns the answer to its POST, not followed."""
    response = client.get(f"/permohonan/{code}/langkah/{step}")
    assert response.status_code == 200, response.headers.get("Location")
    return client.submit({**TYPED[step], **changes}, form="isian", follow=False)


def upload(client: CheckedClient, code: str, key: str, content: bytes | None = None, **fields: Any) -> Any:
    """Upload one file for a document."""
    client.get(f"/permohonan/{code}/data-dukung/{key}?pilihan=baru")
    name = fields.pop("name", "foto.jpg")
    sent = {"file": (io.BytesIO(content or photo()), name), **fields}
    return client.submit(sent, form="unggah", follow=False)


def filled_draft(client: CheckedClient) -> str:
    """A draft with all that is asked, ready to be sent."""
    code = begin(client)
    for step in TYPED:
        assert fill(client, code, step).status_code == 303
    picture = photo()
    for key in PAPERS:
        assert upload(client, code, key, picture).status_code == 303
    return code


def send(client: CheckedClient, code: str, **fields: str) -> Any:
    """Tick the consent and press [Kirim Pengajuan]."""
    page = client.get(f"/permohonan/{code}/langkah/kirim")
    assert page.status_code == 200, page.headers.get("Location")
    version = catalogue().agency(AGENCY).consents["persetujuan-layanan"].version
    return client.submit({"consent": version, **fields}, form="kirim", follow=False)


def sent_application(client: CheckedClient) -> str:
    """An application that was just sent."""
    code = filled_draft(client)
    response = send(client, code)
    assert response.status_code == 303, response.text
    return code


def officer_of(role: str) -> Actor:
    """An officer as the engine sees one."""
    name = OFFICERS[role][0]
    account_id = db.session.scalar(select(Account.id).where(Account.name == name))
    return Actor("officer", account_id, frozenset({role}))


def decide(code: str, action: str, role: str = "verifier", reason: str = "") -> Application:
    """An officer's action through the one door."""
    found, actor = application(code), officer_of(role)
    with transaction():
        perform(found, action, actor, Payload(reason=reason))
    return application(code)


def return_with_notes(code: str, *notes: tuple[str, str]) -> None:
    """The verifier takes the case and returns it with notes (target, text)."""
    taken, actor = decide(code, "take"), officer_of("verifier")
    with transaction():
        for target, text in notes:
            draft_note(taken, actor, target, text, targets=[target])
    decide(code, "return")


def issue(code: str) -> IssuedDocument:
    """Approve and sign, with a small PDF in place of the made one; returns the handed-out paper."""
    decide(code, "take")
    approved = decide(code, "approve")
    blob = current_app.extensions["storage"].put(b"%PDF-1.7 " + bytes(range(256)) * 800, "issued")
    paper = select(IssuedDocument).where(IssuedDocument.application_id == approved.id)
    with transaction():
        document = db.session.scalars(paper).one()
        document.signed_file_id = keep_file(blob, name="akta.pdf")
        db.session.get_one(StoredFile, document.signed_file_id).claimed_at = clock.now()
        document.state, document.signed_at = "signed", clock.now()
        document.signer_name = OFFICERS["signer"][0]
    decide(code, "sign", "signer")
    return db.session.scalars(paper).one()
