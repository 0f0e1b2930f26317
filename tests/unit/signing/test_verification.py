"""Every later change of a signed paper shows."""

import hashlib
import io
from datetime import timedelta

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from portal.documents import verification
from portal.documents.verification import examine
from portal.integrations.authority import ensure_demo_authority
from portal.integrations.signer import Secret
from portal.pades.judge import judge_signature
from tests.signatures import NIK, NOW, PASSPHRASE, WORDS, status_of, twin_of


def flipped(pdf):
    """One changed byte in the middle of what is printed."""
    place = pdf.index(b"stream") + 12
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


@pytest.fixture
def judge(signed, authority):
    known = {hashlib.sha256(signed).hexdigest()}
    return lambda pdf: examine(pdf, known, our_certificates=[authority.root_pem], judge=judge_signature)


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
    verdict = examine(signed + b"\nx", set(), our_certificates=[authority.root_pem], judge=judge_signature)
    assert (verdict.state, verdict.reason) == ("tampered", "changed")


def test_a_paper_signed_but_never_issued_is_unknown(signed, authority):
    verdict = examine(signed, set(), our_certificates=[authority.root_pem], judge=judge_signature)
    assert (verdict.state, verdict.reason, verdict.signer) == ("unknown", "unregistered", "Agus Contoh (SIMULASI)")


def test_a_paper_stays_true_after_its_certificate_expired(tmp_path, paper):
    long_ago = NOW - timedelta(days=3000)
    authority = ensure_demo_authority(tmp_path / "tua", long_ago)
    authority.issue_signer(NIK, name="Agus Contoh", passphrase=PASSPHRASE, now=long_ago)
    signed = twin_of(authority, long_ago).sign(paper, NIK, Secret(PASSPHRASE), **WORDS)
    verdict = examine(signed, lambda _: True, our_certificates=[authority.root_pem], judge=judge_signature)
    assert (verdict.state, verdict.signed_at) == ("true", long_ago)


def test_the_officers_own_certificate_is_enough_to_know_our_papers(signed, authority):
    leaf = authority.open_signer(NIK, PASSPHRASE).certificate.public_bytes(Encoding.DER)
    assert examine(signed, set(), our_certificates=[leaf], judge=judge_signature).reason == "unregistered"
    assert examine(flipped(signed), set(), our_certificates=[leaf], judge=judge_signature).state == "tampered"


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
    forged = twin_of(impostor).sign(paper, NIK, Secret("x"), **WORDS)
    verdict = judge(forged)
    assert (verdict.state, verdict.signer) == ("tampered", None)


def test_a_question_instead_of_a_list_is_fine(signed):
    asked = []
    assert examine(signed, lambda digest: asked.append(digest) or True, judge=judge_signature).state == "true"
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
