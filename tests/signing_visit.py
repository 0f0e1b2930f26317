"""An officer signs over HTTP, through a signing service of the test's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlencode

from portal import clock
from portal.config import Config
from portal.integrations.authority import ensure_demo_authority
from tests.esign_server import PASSWORD, USER, esign_server
from tests.server import Server
from tests.signatures import twin_of

DESK = "/petugas/tanda-tangan"
INPUT = re.compile(r'name="(csrf_token|paper)"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="(csrf_token|paper)"')


@contextmanager
def with_signing_service(config: Config) -> Iterator[Config]:
    """The same settings with a signing service that knows the demo's signers of this instance."""
    authority = ensure_demo_authority(config.instance_dir / "keys", clock.now())
    with esign_server(twin_of(authority, clock.now())) as service:
        yield replace(config, esign_url=service.url, esign_user=USER, esign_password=PASSWORD)


def sign_all(server: Server, cookie: str, passphrase: str) -> str:
    """Sign every paper that waits; the page that says how it went."""
    headers = {"Cookie": f"petugas={cookie}"}
    form = [(name or other, value or second) for name, value, second, other in INPUT.findall(_page(server, headers))]
    tokens = dict.fromkeys(pair for pair in form if pair[0] == "csrf_token")
    papers = [pair for pair in form if pair[0] == "paper"]
    assert papers, "no paper waits"
    body = urlencode([next(iter(tokens)), *papers, ("passphrase", passphrase)])
    connection = server.connect()
    connection.request(
        "POST", DESK, body, headers | {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "id"}
    )
    answer = connection.getresponse()
    assert answer.status == 303, (answer.status, answer.read()[:500])
    connection.close()
    return _page(server, headers, f"{DESK}/hasil")


def _page(server: Server, headers: dict[str, str], path: str = DESK) -> str:
    connection = server.connect()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200, (answer.status, text[:500])
    return text
