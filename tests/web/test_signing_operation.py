"""A paper is signed only when its signed file is stored, by the right person, once."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from portal import clock
from portal.extensions import db
from portal.integrations.signer import OutcomeUnknown, SignerBusy, SignerUnavailable
from portal.jobs import upkeep as upkeep_jobs
from portal.jobs.papers import make_document
from portal.models import Account, Event, IssuedDocument, StoredFile
from portal.operations import papers, signature, signing
from portal.operations.signature import is_whole
from portal.operations.signing import sign_documents
from portal.queries.verification import find_paper, is_file_of
from portal.transaction import transaction
from tests.backstage import (
    PASSPHRASE,
    act,
    approve,
    give_certificate,
    messages,
    officer,
    paper,
    send_birth,
    state_of,
)
from tests.web.conftest import MONDAY


@pytest.fixture
def signer_id(site):
    """The account of the signer, who has a certificate of the demo's authority."""
    site.extensions["signer"].client().failures.clear()
    return give_certificate()


@pytest.fixture
def made(siti, signer_id):
    """A paper that waits for its signature."""
    return _make(approve(send_birth(siti.account_id)))


@pytest.fixture
def service(site):
    """The twin of the signing service, to be told how it fails."""
    return site.extensions["signer"].client()


@pytest.mark.req("SIN-85")
def test_signing_issues_the_paper_and_tells_the_applicant(made, signer_id):
    (result,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)

    assert (result.ok, result.problem) == (True, "")
    signed = paper(made.application_id)
    assert signed.state == "signed"
    assert state_of(made.application_id) == "issued"
    assert signed.signed_by == signer_id
    assert (signed.grants_allowed, signed.grants_taken) == (1, 0)
    assert signed.download_until == MONDAY + timedelta(days=7)
    file = db.session.get(StoredFile, signed.signed_file_id)
    assert file.sha256 == signed.sha256
    assert is_whole(papers.read_file(file))


@pytest.mark.req("SIN-81")
def test_the_finished_paper_is_told_by_email_too_as_a_link_that_asks_to_log_in(made, signer_id):
    sign_documents([made.verification_code], signer_id, PASSPHRASE)
    (mail,) = messages(channel="email", template="terbit")
    assert "/permohonan/AKL" in mail.body
    assert "29 " not in mail.subject
    assert "30 November 2026 pukul 09.00 WIB" in mail.body
    assert made.verification_code not in mail.body


def test_the_signed_paper_is_known_to_the_public_by_code_and_by_file(made, signer_id):
    sign_documents([made.verification_code], signer_id, PASSPHRASE)
    signed = paper(made.application_id)
    assert find_paper(signed.verification_code) is not None
    assert is_file_of(signed.verification_code, signed.sha256)
    act(made.application_id, "revoke", officer("signer"), reason="Data ternyata keliru")
    assert find_paper(signed.verification_code).state == "revoked"
    assert paper(made.application_id).download_until == MONDAY


def test_an_application_code_names_its_paper_too(made, signer_id, site):
    from portal.models import Application

    code = db.session.get(Application, made.application_id).code
    (result,) = sign_documents([code], signer_id, PASSPHRASE)
    assert (result.code, result.ok) == (code, True)


def test_many_are_signed_at_once_and_one_that_fails_stops_no_other(siti, signer_id, made):
    second = _make(approve(send_birth(siti.account_id)))
    results = sign_documents(
        [made.verification_code, "nothing-like-it", second.verification_code], signer_id, PASSPHRASE
    )
    assert [r.ok for r in results] == [True, False, True]
    assert results[1].problem == signing.NOT_FOUND


def test_a_wrong_passphrase_signs_nothing_and_is_not_tried_again_for_the_rest(siti, signer_id, made, service):
    second = _make(approve(send_birth(siti.account_id)))
    asked = []
    sign = service.sign
    service.sign = lambda *args, **kwargs: asked.append(1) or sign(*args, **kwargs)
    try:
        results = sign_documents([made.verification_code, second.verification_code], signer_id, "salah")
    finally:
        del service.sign
    assert [r.problem for r in results] == [signature.WORDS["passphrase"]] * 2
    assert len(asked) == 1
    assert paper(made.application_id).state == "made"
    assert paper(made.application_id).signing_token is None
    assert state_of(made.application_id) == "signing"


@pytest.mark.parametrize(
    "failure, words",
    [
        (OutcomeUnknown("cut"), signature.UNKNOWN),
        (SignerUnavailable("gone"), signature.AWAY),
        (SignerBusy(5), signature.BUSY),
    ],
)
def test_a_failing_service_leaves_the_paper_unsigned_and_can_be_asked_again(made, signer_id, service, failure, words):
    service.failures.append(failure)
    (first,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert (first.ok, first.problem) == (False, words)
    assert paper(made.application_id).problem == words
    assert state_of(made.application_id) == "signing"

    (second,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert second.ok
    assert paper(made.application_id).problem == ""


def test_what_comes_back_broken_is_not_called_signed(made, signer_id, service):
    sign = service.sign
    service.sign = lambda *args, **kwargs: sign(*args, **kwargs) + b"more"
    try:
        (result,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    finally:
        del service.sign
    assert (result.ok, result.problem) == (False, signature.UNKNOWN)
    assert paper(made.application_id).state == "made"


def test_a_paper_is_signed_once(made, signer_id):
    sign_documents([made.verification_code], signer_id, PASSPHRASE)
    first = paper(made.application_id).sha256
    (again,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert not again.ok
    assert paper(made.application_id).sha256 == first
    assert len(_events(made.application_id, "sign")) == 1


def test_a_second_signer_meanwhile_is_told_that_it_is_under_way(made, signer_id, service):
    sign, inner = service.sign, []

    def sign_while_another_tries(*args, **kwargs):
        service.sign = sign
        inner.extend(sign_documents([made.verification_code], signer_id, PASSPHRASE))
        return sign(*args, **kwargs)

    service.sign = sign_while_another_tries
    try:
        (outer,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    finally:
        del service.sign
    assert outer.ok
    assert inner[0].problem == signing.UNDER_WAY
    assert len(_events(made.application_id, "sign")) == 1


def test_a_paper_that_was_taken_back_while_it_was_signed_is_not_issued(made, signer_id, service):
    sign = service.sign

    def sign_while_it_is_recalled(*args, **kwargs):
        signed = sign(*args, **kwargs)
        act(made.application_id, "recheck", officer("verifier"), reason="Ada yang keliru")
        return signed

    service.sign = sign_while_it_is_recalled
    try:
        (result,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    finally:
        del service.sign
    assert not result.ok
    assert paper(made.application_id).state == "dropped"
    assert state_of(made.application_id) == "checking"


def test_a_crash_between_signing_and_recording_leaves_it_unsigned_until_it_is_asked_again(
    site, made, signer_id, monkeypatch
):
    def crash(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(signing, "_record", crash)
        with pytest.raises(KeyboardInterrupt):
            sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert paper(made.application_id).state == "made"
    lost = db.session.scalar(select(StoredFile.blob).where(StoredFile.claimed_at.is_(None)))

    (soon,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert soon.problem == signing.UNDER_WAY
    with clock.frozen(MONDAY + signing.ATTEMPT + timedelta(seconds=1)):
        upkeep_jobs.sweep()
        assert paper(made.application_id).problem == signature.UNKNOWN
        (later,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert later.ok
    with clock.frozen(MONDAY + timedelta(hours=25)):
        upkeep_jobs.erase_stale()
    assert not site.extensions["storage"].exists(lost)
    assert is_whole(papers.read_file(db.session.get(StoredFile, paper(made.application_id).signed_file_id)))


@pytest.mark.parametrize("role", ["verifier", "supervisor", "registrar"])
def test_only_the_declared_signer_signs(made, role, service):
    (result,) = sign_documents([made.verification_code], officer(role).account_id, PASSPHRASE)
    assert not result.ok
    assert paper(made.application_id).state == "made"


def test_an_officer_without_duty_here_learns_nothing_of_the_paper(made, budi):
    (result,) = sign_documents([made.verification_code], budi.account_id, PASSPHRASE)
    assert result.problem == signing.NOT_FOUND


def test_a_paper_that_is_not_made_yet_waits(siti, signer_id):
    document = approve(send_birth(siti.account_id))
    (result,) = sign_documents([document.verification_code], signer_id, PASSPHRASE)
    assert result.problem == signing.NOT_READY


def test_the_name_on_the_paper_is_that_of_who_signs(made, signer_id):
    with transaction():
        db.session.get(Account, signer_id).name = "Dra. Wulan Pengganti"
    (result,) = sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert result.ok
    signed = paper(made.application_id)
    assert signed.signer_name == "Dra. Wulan Pengganti"
    words = _words(papers.read_file(db.session.get(StoredFile, signed.signed_file_id)))
    assert "Dra. Wulan Pengganti" in words


def test_the_passphrase_is_stored_and_logged_nowhere(site, made, signer_id, caplog):
    caplog.set_level(logging.DEBUG)
    sign_documents([made.verification_code], signer_id, PASSPHRASE + "x")
    sign_documents([made.verification_code], signer_id, PASSPHRASE)
    assert PASSPHRASE not in caplog.text
    for table in db.metadata.tables.values():
        for row in db.session.execute(table.select()):
            assert PASSPHRASE not in repr(tuple(row))
    raw = db.session.execute(sql("SELECT problem, signing_token FROM issued_document")).one()
    assert tuple(raw) == ("", None)


@pytest.mark.req("SIN-79")
def test_a_verifier_opens_exactly_one_more_download(made, signer_id):
    sign_documents([made.verification_code], signer_id, PASSPHRASE)
    with transaction():
        db.session.get(IssuedDocument, made.id).grants_taken = 1
    with clock.frozen(MONDAY + timedelta(days=2)):
        act(made.application_id, "reopen", officer("verifier"), reason="File hilang")
    opened = paper(made.application_id)
    assert (opened.grants_taken, opened.grants_allowed) == (1, 2)
    assert opened.download_until == MONDAY + timedelta(days=9)


def test_a_replaced_paper_stays_known_as_replaced_beside_the_new_one(made, signer_id):
    sign_documents([made.verification_code], signer_id, PASSPHRASE)
    old = paper(made.application_id)
    act(made.application_id, "replace", officer("signer"), reason="Nama salah ketik")
    document = _make(approve(made.application_id))
    (result,) = sign_documents([document.verification_code], signer_id, PASSPHRASE)
    assert result.ok
    assert find_paper(old.verification_code).state == "replaced"
    new = paper(made.application_id)
    assert (new.issue, new.state, new.grants_allowed) == (2, "signed", 1)
    assert find_paper(new.verification_code).state == "signed"


def _make(document):
    """Only the one job, for each PDF takes its time."""
    make_document(document.id)
    return paper(document.application_id)


def _events(application_id, action):
    return db.session.scalars(select(Event).where(Event.subject_id == application_id, Event.action == action)).all()


def _words(pdf):
    import io

    import pypdf

    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
