"""An authority with one signer, both signers, and a signed paper."""

import pytest

from portal.integrations.authority import ensure_demo_authority
from portal.integrations.bsre import BsreSigner
from portal.integrations.signer import Secret
from tests import fixtures_files as files
from tests.esign_server import PASSWORD, USER, esign_server
from tests.signatures import NIK, NOW, PASSPHRASE, WORDS, twin_of


@pytest.fixture(scope="module")
def paper():
    return files.paper(1)


@pytest.fixture
def authority(tmp_path):
    authority = ensure_demo_authority(tmp_path / "keys", NOW)
    authority.issue_signer(NIK, name="Agus Contoh", passphrase=PASSPHRASE, now=NOW, organisation="Disdukcapil")
    return authority


@pytest.fixture
def demo(authority):
    return twin_of(authority)


@pytest.fixture
def server(demo):
    with esign_server(demo) as server:
        yield server


@pytest.fixture(params=["demo", "bsre"])
def signer(request, demo):
    """The twin and the real client, to which the same applies."""
    if request.param == "demo":
        yield demo
        return
    with esign_server(demo) as server:
        yield BsreSigner(server.url, USER, PASSWORD, timeout=5)


@pytest.fixture
def bsre(server):
    return BsreSigner(server.url, USER, PASSWORD, timeout=5)


@pytest.fixture
def signed(demo, paper):
    return demo.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
