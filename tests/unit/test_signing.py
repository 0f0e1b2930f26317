"""Signatures are made by the right person only, fail plainly, and show every later change."""

import hashlib
import io
import logging
import pickle
import stat
import traceback
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from portal.config import Config
from portal.documents import verification
from portal.documents.verification import examine
from portal.integrations.authority import ensure_demo_authority
from portal.integrations.signer import (
    BsreSigner,
    DemoSigner,
    OutcomeUnknown,
    Secret,
    SignerBusy,
    SignerRefused,
    SignerUnavailable,
    SigningFailed,
    sign_many,
    signer_for,
)
from tests import fixtures_files as files
from tests.esign_server import PASSWORD, USER, esign_server

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
NIK = "3326010101700001"
PASSPHRASE = "Rahasia-Penandatangan-77"
WORDS = {"reason": "Penerbitan dokumen", "location": "Kajen"}


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
    return DemoSigner(authority, now=lambda: NOW)


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


def flipped(pdf):
    """One changed byte in the middle of what is printed."""
    place = pdf.index(b"stream") + 12
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def status_of(pdf, authority):
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[-1]
    root = asn1_x509.Certificate.load(pem.unarmor(authority.root_pem)[2])
    context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=NOW)
    return validate_pdf_signature(signature, context)


# The authority


def test_the_authority_is_made_once_and_found_again(tmp_path, authority):
    again = ensure_demo_authority(tmp_path / "keys", NOW + timedelta(days=9))
    assert again.root_pem == authority.root_pem


def test_every_subject_says_that_it_is_a_simulation(authority):
    opened = authority.open_signer(NIK, PASSPHRASE)
    for certificate in (opened.certificate, *opened.chain):
        assert "SIMULASI" in certificate.subject.rfc4514_string()


def test_key_files_belong_to_their_owner_and_tell_nothing(tmp_path, authority):
    paths = [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]
    assert len(paths) == 2
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert NIK not in path.name
        assert PASSPHRASE.encode() not in path.read_bytes()


def test_a_signers_key_opens_with_the_right_passphrase_only(authority):
    assert authority.open_signer(NIK, PASSPHRASE) is not None
    assert authority.open_signer(NIK, "salah") is None
    assert authority.open_signer(NIK, "") is None


def test_the_status_of_a_signer_follows_its_certificate(authority):
    assert authority.status(NIK, NOW) == "ISSUE"
    assert authority.status("tidak@ada.id", NOW) == "NOT_REGISTERED"
    assert authority.status(NIK, NOW + timedelta(days=731)) == "EXPIRED"
    authority.revoke_signer(NIK)
    assert authority.status(NIK, NOW) == "REVOKE"
    authority.issue_signer(NIK, name="Agus Contoh", passphrase="baru", now=NOW)
    assert authority.status(NIK, NOW) == "ISSUE"


# Signing, by the twin and through HTTP


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


# Failures of the service


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


# Many at once


def test_one_bad_document_does_not_stop_the_others(signer, authority, paper):
    results = sign_many(signer, [paper, b"rusak", paper], NIK, Secret(PASSPHRASE), **WORDS)
    assert [type(result) for result in results] == [bytes, SignerRefused, bytes]
    assert all(status_of(result, authority).bottom_line for result in results if isinstance(result, bytes))


def test_a_lost_answer_does_not_stop_the_others(demo, paper):
    demo.failures = [OutcomeUnknown("no answer")]
    results = sign_many(demo, [paper, paper], NIK, Secret(PASSPHRASE), **WORDS)
    assert [type(result) for result in results] == [OutcomeUnknown, bytes]


def test_a_wrong_passphrase_is_tried_once_only(bsre, server, paper):
    results = sign_many(bsre, [paper] * 3, NIK, Secret("salah"), **WORDS)
    assert [result.cause for result in results] == ["passphrase"] * 3
    assert len(server.asked) == 1


def test_a_busy_service_is_not_pressed_further(bsre, server, paper):
    server.mishaps = ["busy"]
    results = sign_many(bsre, [paper] * 3, NIK, Secret(PASSPHRASE), **WORDS)
    assert [type(result) for result in results] == [SignerBusy] * 3
    assert len(server.asked) == 1


# Secrets


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


# Verification


@pytest.fixture
def judge(signed, authority):
    known = {hashlib.sha256(signed).hexdigest()}
    return lambda pdf: examine(pdf, known, our_certificates=[authority.root_pem])


@pytest.mark.req("XCT-13")
def test_an_issued_paper_is_true_and_names_signer_and_time(judge, signed):
    verdict = judge(signed)
    assert (verdict.state, verdict.signer, verdict.signed_at) == ("true", "Agus Contoh (SIMULASI)", NOW)


@pytest.mark.req("XCT-13")
def test_one_flipped_byte_anywhere_is_tampering(judge, signed):
    container = signed.index(b"/Contents <")
    places = [*range(8, len(signed), len(signed) // 40), signed.index(b"/ByteRange") + 14]
    places += range(container, container + 4200, 97)  # The part of the container that is filled.
    for number, place in enumerate(places):
        changed = bytearray(signed)
        changed[place] ^= (1, 0x20)[number % 2]  # The second changes the case of a letter.
        assert judge(bytes(changed)).state == "tampered", place


def test_the_library_calls_a_flipped_byte_invalid_too(signed, authority):
    assert not status_of(flipped(signed), authority).bottom_line


@pytest.mark.req("XCT-13")
def test_something_appended_is_tampering_and_the_original_is_known(judge, signed):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Baru"] = writer.root["/Type"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    for longer in (out.getvalue(), signed + b"x", signed + b"\n%%EOF\n"):
        verdict = judge(longer)
        assert (verdict.state, verdict.reason) == ("tampered", "appended")
        assert verdict.original_sha256 == hashlib.sha256(signed).hexdigest()


def test_an_appended_change_to_an_unlisted_paper_is_tampering_too(signed, authority):
    verdict = examine(signed + b"\nx", set(), our_certificates=[authority.root_pem])
    assert (verdict.state, verdict.reason) == ("tampered", "changed")


def test_a_paper_signed_but_never_issued_is_unknown(signed, authority):
    verdict = examine(signed, set(), our_certificates=[authority.root_pem])
    assert (verdict.state, verdict.reason, verdict.signer) == ("unknown", "unregistered", "Agus Contoh (SIMULASI)")


def test_a_paper_stays_true_after_its_certificate_expired(tmp_path, paper):
    long_ago = NOW - timedelta(days=3000)
    authority = ensure_demo_authority(tmp_path / "tua", long_ago)
    authority.issue_signer(NIK, name="Agus Contoh", passphrase=PASSPHRASE, now=long_ago)
    signed = DemoSigner(authority, now=lambda: long_ago).sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    verdict = examine(signed, lambda _: True, our_certificates=[authority.root_pem])
    assert (verdict.state, verdict.signed_at) == ("true", long_ago)


def test_the_officers_own_certificate_is_enough_to_know_our_papers(signed, authority):
    leaf = authority.open_signer(NIK, PASSPHRASE).certificate.public_bytes(Encoding.DER)
    assert examine(signed, set(), our_certificates=[leaf]).reason == "unregistered"
    assert examine(flipped(signed), set(), our_certificates=[leaf]).state == "tampered"


def test_strangers_files_are_unknown(judge, paper, tmp_path):
    other = ensure_demo_authority(tmp_path / "lain", NOW)
    # Another house whose authority merely has other words in its name.
    assert (judge(paper).state, judge(paper).reason) == ("unknown", "foreign")
    assert judge(b"bukan pdf").reason == "not_pdf"
    assert judge(b"").reason == "not_pdf"
    assert other.root_pem


def test_a_paper_of_an_impostor_with_our_name_is_not_true(judge, paper, tmp_path):
    impostor = ensure_demo_authority(tmp_path / "penipu", NOW)
    impostor.issue_signer(NIK, name="Agus Contoh", passphrase="x", now=NOW, organisation="Disdukcapil")
    forged = DemoSigner(impostor, now=lambda: NOW).sign(paper, NIK, Secret("x"), **WORDS)
    verdict = judge(forged)
    assert (verdict.state, verdict.signer) == ("tampered", None)


def test_a_question_instead_of_a_list_is_fine(signed):
    asked = []
    assert examine(signed, lambda digest: asked.append(digest) or True).state == "true"
    assert asked == [hashlib.sha256(signed).hexdigest()]


def test_a_rewritten_paper_is_tampering(judge, signed):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        pdf.save(out)
    assert judge(out.getvalue()).state == "tampered"


def test_the_size_and_the_endings_of_a_file_are_bounded(judge, monkeypatch):
    assert judge(b"%PDF-" + b"%%EOF\n" * 1000).reason == "foreign"
    monkeypatch.setattr(verification, "SIZE_LIMIT", 10)
    assert judge(b"%PDF-1.7 and more").reason == "too_big"


def test_no_file_is_written_by_looking_at_it(judge, signed, monkeypatch):
    import builtins

    real = builtins.open

    def guarded(file, mode="r", *rest, **named):
        assert not set(mode) & set("wax+"), f"{file} was opened for writing"
        return real(file, mode, *rest, **named)

    monkeypatch.setattr(builtins, "open", guarded)
    assert judge(signed).state == "true"
    assert judge(signed + b"x").state == "tampered"
