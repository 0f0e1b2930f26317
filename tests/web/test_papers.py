"""Papers get one number and one file, whatever breaks on the way, and can be taken back."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.jobs import papers as paper_jobs
from portal.jobs import upkeep as upkeep_jobs
from portal.jobs.papers import make_document, make_receipt
from portal.models import Answers, Application, IssuedDocument, StoredFile, Submission
from portal.operations import papers
from portal.operations.paper_words import certificate_words
from portal.operations.papers import mask_name, take_number
from portal.operations.perform import perform
from portal.operations.receipts import find_receipt
from portal.queries.verification import find_paper, is_file_of
from portal.queue import collected_tasks, run_pending_jobs
from portal.transaction import transaction
from tests.backstage import act, approve, officer, paper, send_birth
from tests.web.conftest import MONDAY


@pytest.fixture
def wanted(siti):
    """A paper that was approved and not yet made."""
    return approve(send_birth(siti.account_id))


def test_approval_takes_a_number_and_a_code_of_128_bits(wanted):
    assert wanted.state == "wanted"
    assert wanted.number == "3326-LU-23112026-0001"
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", wanted.verification_code)
    assert wanted.subject_masked == mask_name("SITI AMINAH") == "S••• A•••"


def test_numbers_start_anew_each_day_of_the_office(site):
    late = MONDAY.replace(hour=16, minute=59)
    with transaction():
        first = take_number("{region}-LU-{ddmmyyyy}-{seq:04}", "33.26", late, "Asia/Jakarta")
        second = take_number("{region}-LU-{ddmmyyyy}-{seq:04}", "33.26", late, "Asia/Jakarta")
        next_day = take_number("{region}-LU-{ddmmyyyy}-{seq:04}", "33.26", late + timedelta(minutes=1), "Asia/Jakarta")
    assert [first, second, next_day] == [
        "3326-LU-23112026-0001",
        "3326-LU-23112026-0002",
        "3326-LU-24112026-0001",
    ]


def test_no_number_is_taken_twice_by_many_at_once(site):
    taken, lock = [], threading.Lock()

    def take() -> None:
        with site.app_context():
            for _ in range(5):
                with transaction():
                    number = take_number("N-{seq:03}", "33.26", MONDAY, "Asia/Jakarta")
                with lock:
                    taken.append(number)
            db.session.remove()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"N-{n:03}" for n in range(1, 21)]


def test_a_number_of_a_decision_that_failed_is_given_back(site):
    def take_and_fail():
        with transaction():
            take_number("{seq:03}", "33.26", MONDAY, "Asia/Jakarta")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        take_and_fail()
    with transaction():
        assert take_number("{seq:03}", "33.26", MONDAY, "Asia/Jakarta") == "001"


def test_the_job_makes_the_paper_from_what_was_asked_for(site, wanted):
    run_pending_jobs()

    made = paper(wanted.application_id)
    assert made.state == "made"
    assert made.signer_name == "Drs. Sapto Penanda"
    pdf = papers.read_file(db.session.get(StoredFile, made.unsigned_file_id))
    assert pdf.startswith(b"%PDF")
    words = _words(pdf)
    assert made.number in words
    assert "SITI AMINAH" in words
    assert "9901014508900001" not in words


def test_a_line_that_was_not_asked_is_left_out(site, siti):
    application_id = send_birth(siti.account_id)
    document = approve(application_id)
    with transaction():
        row = db.session.scalar(
            select(Answers).where(Answers.application_id == application_id, Answers.step == "orang-tua")
        )
        row.values = {**row.values, "has_father": "no"}
    words = certificate_words(paper(application_id), db.session.get(Application, application_id), signer_name="X")
    assert document.number == words.number
    labels = [row.label for row in words.sections[0].rows]
    assert "Nama ibu" in labels
    assert "Nama ayah" not in labels


def test_making_twice_makes_one(site, wanted):
    make_document(wanted.id)
    first = paper(wanted.application_id).unsigned_file_id
    make_document(wanted.id)

    assert paper(wanted.application_id).unsigned_file_id == first
    assert _pdf_count() == 1


def test_two_that_make_at_once_keep_one_and_the_other_is_erased(site, wanted, monkeypatch):
    store = papers.store_pdf

    def store_while_another_finishes(pdf):
        blob = store(pdf)
        monkeypatch.setattr(paper_jobs.papers, "store_pdf", store)
        make_document(wanted.id)
        return blob

    monkeypatch.setattr(paper_jobs.papers, "store_pdf", store_while_another_finishes)
    make_document(wanted.id)

    assert paper(wanted.application_id).state == "made"
    kept = db.session.get(StoredFile, paper(wanted.application_id).unsigned_file_id)
    assert papers.read_file(kept).startswith(b"%PDF")
    loser = db.session.scalar(select(StoredFile.blob).where(StoredFile.claimed_at.is_(None)))
    with clock.frozen(MONDAY + timedelta(hours=25)):
        upkeep_jobs.erase_stale()
    assert not site.extensions["storage"].exists(loser)
    assert papers.read_file(kept).startswith(b"%PDF")


def test_a_crash_after_storing_is_made_good_and_leaves_no_file_behind(site, wanted, monkeypatch):
    def crash(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(paper_jobs.papers, "record_made", crash)
        with pytest.raises(KeyboardInterrupt):
            make_document(wanted.id)
    assert paper(wanted.application_id).state == "wanted"
    lost = db.session.scalar(select(StoredFile.blob).where(StoredFile.claimed_at.is_(None)))

    with clock.frozen(MONDAY + timedelta(minutes=2)):
        upkeep_jobs.sweep()
        run_pending_jobs()
    assert paper(wanted.application_id).state == "made"
    with clock.frozen(MONDAY + timedelta(hours=25)):
        upkeep_jobs.erase_stale()
    assert not site.extensions["storage"].exists(lost)


def test_a_paper_that_cannot_be_made_says_so_to_officers_and_is_tried_again(site, wanted, monkeypatch):
    from portal.documents.pdf import RenderFailed

    def fail(*_args):
        raise RenderFailed("nope")

    with monkeypatch.context() as patch:
        patch.setattr(paper_jobs.papers, "render", fail)
        with pytest.raises(RenderFailed):
            make_document(wanted.id)
    assert paper(wanted.application_id).problem == "render: RenderFailed"
    run_pending_jobs()
    assert paper(wanted.application_id).state == "made"
    assert paper(wanted.application_id).problem == ""


def test_recalling_an_approval_drops_the_paper_and_approving_again_makes_another(site, wanted):
    run_pending_jobs()
    act(wanted.application_id, "recheck", officer("verifier"), reason="Ada yang keliru")
    assert paper(wanted.application_id).state == "dropped"
    act(wanted.application_id, "approve", officer("verifier"))

    second = paper(wanted.application_id)
    assert (second.issue, second.state) == (2, "wanted")
    assert second.number == "3326-LU-23112026-0002"
    assert second.verification_code != wanted.verification_code


def test_a_paper_that_was_never_signed_is_unknown_to_the_public(site, wanted):
    run_pending_jobs()
    assert find_paper(wanted.verification_code) is None
    assert not is_file_of(wanted.verification_code, "0" * 64)


def test_the_proof_of_sending_is_made_once_and_bears_no_full_number(site, siti):
    application_id = send_birth(siti.account_id)
    submission = db.session.scalar(select(Submission).where(Submission.application_id == application_id))
    make_receipt(submission.id)
    first = find_receipt(submission.id)
    make_receipt(submission.id)

    assert find_receipt(submission.id).id == first.id
    assert first.account_id == siti.account_id
    words = _words(papers.read_file(first))
    assert "Verifikator Dinas" in words
    assert "WIB" in words
    for number in (siti.nik, "+6281234500001", "9901010101200007"):
        assert number not in words


def test_a_sending_that_does_not_exist_has_no_proof(site):
    make_receipt(4711)
    assert find_receipt(4711) is None


def test_a_wanted_paper_asks_for_its_job_only_after_the_commit(site, siti):
    application_id = send_birth(siti.account_id)
    act(application_id, "take", officer("verifier"))
    run_pending_jobs()

    def approve_and_fail():
        with transaction():
            perform(db.session.get(Application, application_id), "approve", officer("verifier"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        approve_and_fail()
    assert collected_tasks() == []
    assert db.session.scalar(select(func.count()).select_from(IssuedDocument)) == 0


def test_the_system_alone_cannot_sign(site, wanted):
    from portal.errors import NotAllowed

    with pytest.raises(NotAllowed):
        act(wanted.application_id, "sign", Actor("system"))


def _pdf_count() -> int:
    return db.session.scalar(select(func.count()).where(StoredFile.media_type == "application/pdf"))


def _words(pdf: bytes) -> str:
    import io

    import pypdf

    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", text)
