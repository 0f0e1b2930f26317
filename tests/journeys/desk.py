"""What officers do in their browsers: any act of a case, and signing."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import LoginName
from portal.operations.signing import issue_demo_signer
from tests.client import CheckedClient
from tests.people import OFFICERS, PASSWORD


def path(code: str, rest: str = "") -> str:
    """A page of a case."""
    return f"/petugas/permohonan/{code}{rest}"


def act(client: CheckedClient, code: str, action: str, **fields: str) -> TestResponse:
    """Press the button of an act, and fill in the page behind it when it has one."""
    client.get(path(code))
    assert client.page is not None
    if not client.page.has_form(f"/tindakan/{action}"):
        client.get(client.page.link(f"/tindakan/{action}"))
    return client.submit(fields, form=f"/tindakan/{action}")


def note(client: CheckedClient, code: str, target: str, text: str) -> TestResponse:
    """Write a revision note about a question or a document."""
    client.get(path(code, f"?catat={target}"))
    return client.submit({"text": text}, form="/catatan")


def give_certificate(passphrase: str) -> None:
    """Let the demo's own authority issue the signer's certificate."""
    digest = current_app.extensions["vault"].digest("username", OFFICERS["signer"][1])
    account_id = db.session.scalar(select(LoginName.account_id).where(LoginName.digest == digest))
    assert account_id is not None
    issue_demo_signer(account_id, passphrase, organisation="Disdukcapil")


def sign_all(client: CheckedClient) -> TestResponse:
    """Tick every paper that waits, and sign them with one passphrase."""
    client.get("/petugas/tanda-tangan")
    assert client.page is not None
    papers = client.page.values_of("paper")
    return client.submit({"paper": papers, "passphrase": PASSWORD}, form="tanda-tangan")
