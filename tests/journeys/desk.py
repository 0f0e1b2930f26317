"""What officers do in their browsers: any act of a case, and signing."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.client import CheckedClient
from tests.people import PASSWORD


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


def sign_all(client: CheckedClient) -> TestResponse:
    """Tick every paper that waits, and sign them with one passphrase."""
    client.get("/petugas/tanda-tangan")
    assert client.page is not None
    papers = client.page.values_of("paper")
    return client.submit({"paper": papers, "passphrase": PASSWORD}, form="tanda-tangan")
