"""The client of the signing service fails plainly: refused, busy, not there, or outcome unknown."""

import pytest

from portal.integrations.bsre import BsreSigner
from portal.integrations.signer import OutcomeUnknown, Secret, SignerBusy, SignerUnavailable
from tests.esign_server import PASSWORD, USER
from tests.signatures import NIK, PASSPHRASE, WORDS


def test_the_client_asks_in_the_words_of_the_interface(bsre, server, paper):
    bsre.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    path, body = server.asked[0]
    assert path == "/api/v2/sign/pdf"
    assert set(body) == {"nik", "passphrase", "signatureProperties", "file"}
    assert body["signatureProperties"] == [{"tampilan": "INVISIBLE", **WORDS}]


def test_an_address_with_a_slash_at_its_end_and_an_email_are_fine(server):
    BsreSigner(server.url + "/", USER, PASSWORD).status("a@b.id")
    assert server.asked == [("/api/v2/user/check/status", {"email": "a@b.id"})]


@pytest.mark.parametrize(
    ("mishap", "failure"),
    [
        ("busy", SignerBusy),
        ("cut", OutcomeUnknown),
        ("not-json", OutcomeUnknown),
        ("not-pdf", OutcomeUnknown),
        ("unsigned", OutcomeUnknown),
        ("504", OutcomeUnknown),
        ("500", SignerUnavailable),
        ("503", SignerUnavailable),
        ("redirect", SignerUnavailable),
        ("418", SignerUnavailable),
    ],
)
def test_each_mishap_of_the_service_has_its_meaning(bsre, server, paper, mishap, failure):
    server.mishaps = [mishap]
    with pytest.raises(failure):
        bsre.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    assert len(server.asked) == 1, "a redirect is not followed, nothing is sent twice"
    assert bsre.sign(paper, NIK, Secret(PASSPHRASE), **WORDS), "the next one goes through"


def test_a_busy_service_says_how_long_to_wait(bsre, server, paper):
    server.mishaps = ["busy"]
    with pytest.raises(SignerBusy) as busy:
        bsre.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    assert busy.value.retry_after == 7


def test_a_silent_service_leaves_the_outcome_unknown(server, paper):
    server.mishaps = ["silence"]
    with pytest.raises(OutcomeUnknown):
        BsreSigner(server.url, USER, PASSWORD, timeout=0.1).sign(paper, NIK, Secret(PASSPHRASE), **WORDS)


def test_a_service_that_is_not_there_signed_nothing(paper):
    with pytest.raises(SignerUnavailable):
        BsreSigner("http://127.0.0.1:1", USER, PASSWORD).sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    with pytest.raises(SignerUnavailable):
        BsreSigner("file:///etc", USER, PASSWORD).status(NIK)


def test_the_portals_own_wrong_login_is_no_wrong_passphrase(server, paper):
    with pytest.raises(SignerUnavailable, match="own login"):
        BsreSigner(server.url, USER, "salah").sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
