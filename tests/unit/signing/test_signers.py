"""The twin and the real client sign for the right person only, and keep the secret to themselves."""

import io
import logging
import pickle
import traceback

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.config import Config
from portal.integrations.bsre import BsreSigner
from portal.integrations.demo_signer import DemoSigner
from portal.integrations.signer import Secret, SignerRefused, SignerUnavailable, SigningFailed, signer_for
from tests.esign_server import PASSWORD
from tests.signatures import NIK, NOW, PASSPHRASE, WORDS, status_of


def test_a_signed_paper_validates_and_names_its_signer(signer, authority, paper):
    signed = signer.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    status = status_of(signed, authority)
    assert status.bottom_line
    assert status.signing_cert.subject.native["common_name"] == "Agus Contoh (SIMULASI)"
    signature = PdfFileReader(io.BytesIO(signed)).embedded_regular_signatures[0]
    assert signature.self_reported_timestamp == NOW
    assert (signature.sig_object["/Reason"], signature.sig_object["/Location"]) == tuple(WORDS.values())
    assert signature.docmdp_level.name == "NO_CHANGES"
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_a_signature_leaves_the_page_as_it_was(signed, paper):
    assert signed.startswith(paper)


@pytest.mark.parametrize("passphrase", ["salah", ""])
def test_a_wrong_passphrase_signs_nothing(signer, paper, passphrase):
    with pytest.raises(SignerRefused) as refusal:
        signer.sign(paper, NIK, Secret(passphrase), **WORDS)
    assert refusal.value.cause == "passphrase"


def test_a_revoked_certificate_signs_nothing(signer, authority, paper):
    authority.revoke_signer(NIK)
    assert signer.status(NIK) == "REVOKE"
    with pytest.raises(SignerRefused) as refusal:
        signer.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    assert refusal.value.cause == "certificate"


def test_a_stranger_signs_nothing(signer, paper):
    assert signer.status("orang@lain.id") == "NOT_REGISTERED"
    with pytest.raises(SignerRefused) as refusal:
        signer.sign(paper, "orang@lain.id", Secret(PASSPHRASE), **WORDS)
    assert refusal.value.cause == "certificate"


@pytest.mark.parametrize("content", [b"", b"<html>", b"%PDF-1.7\nrusak"])
def test_what_is_no_pdf_is_not_signed(signer, content):
    with pytest.raises(SignerRefused) as refusal:
        signer.sign(content, NIK, Secret(PASSPHRASE), **WORDS)
    assert refusal.value.cause == "not_pdf"


def test_a_signed_paper_is_not_signed_again(demo, signed):
    with pytest.raises(SigningFailed):
        demo.sign(signed, NIK, Secret(PASSPHRASE), **WORDS)


def test_without_a_service_only_the_demo_pretends(tmp_path, paper):
    settings = Config.for_tests("sqlite://", tmp_path)
    assert isinstance(signer_for(settings, may_pretend=True), DemoSigner)
    refusing = signer_for(settings, may_pretend=False)
    with pytest.raises(SignerUnavailable):
        refusing.sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    with pytest.raises(SignerUnavailable):
        refusing.status(NIK)
    assert refusing.our_certificates() == ()


def test_a_configured_service_is_asked_even_in_the_demo(tmp_path):
    settings = Config.for_tests(
        "sqlite://", tmp_path, esign_url="http://esign.local", esign_user="a", esign_password="b"
    )
    assert isinstance(signer_for(settings, may_pretend=True), BsreSigner)


@pytest.mark.parametrize("mishap", [None, "busy", "cut", "500", "redirect", "not-pdf", "passphrase"])
def test_no_secret_stands_in_a_log_or_an_error(bsre, server, paper, mishap, caplog):
    secret = Secret(PASSPHRASE + ("x" if mishap == "passphrase" else ""))
    server.mishaps = [mishap] if mishap not in (None, "passphrase") else []
    said = ""
    with caplog.at_level(logging.DEBUG):
        try:
            bsre.sign(paper, NIK, secret, **WORDS)
        except SigningFailed as failure:
            said = "".join(traceback.format_exception(failure)) + repr(failure) + repr(vars(failure))
    said += caplog.text + "".join(repr(vars(record)) for record in caplog.records) + repr(bsre) + repr(secret)
    for private in (PASSPHRASE, PASSWORD, NIK):
        assert private not in said


def test_a_secret_is_neither_shown_nor_stored():
    secret = Secret(PASSPHRASE)
    assert f"{secret} {secret!r} {[secret]}" == "Secret(...) Secret(...) [Secret(...)]"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
