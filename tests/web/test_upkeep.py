"""Time does what the workflow says, once, at the very second; what nobody needs is erased."""

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict
from portal.extensions import db
from portal.jobs import upkeep as upkeep_jobs
from portal.jobs.upkeep import erase_stale, expire_timers, sweep
from portal.models import Application, Captcha, Event, IssuedDocument, StashedForm, StoredFile, Token, Visit
from portal.operations import upkeep
from portal.operations.applications import erase_draft
from portal.queue import JobName, Task, collected_tasks, forget_collected
from portal.transaction import transaction
from tests import cases
from tests.backstage import act, messages, officer, paper, send_birth, state_of
from tests.people import AGENCY, SERVICE
from tests.web.conftest import MONDAY

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


@pytest.fixture
def issued(siti):
    """An application whose paper waits for its download since Monday."""
    application_id = send_birth(siti.account_id)
    with transaction():
        application = db.session.get(Application, application_id)
        cases.put_into(application, "issued", entered_at=MONDAY)
        cases.paper_to_download(application)
    return application_id


@pytest.fixture
def in_revision(siti):
    """An application that went back to its applicant on Monday."""
    application_id = send_birth(siti.account_id)
    with transaction():
        cases.put_into(db.session.get(Application, application_id), "revision", entered_at=MONDAY)
    return application_id


def _run(at):
    with clock.frozen(at):
        expire_timers()


@pytest.mark.req("SIN-78")
def test_a_paper_lapses_at_seven_days_and_not_a_second_earlier(issued):
    _run(MONDAY + WEEK - SECOND)
    assert state_of(issued) == "issued"
    assert paper(issued).download_until == MONDAY + WEEK

    _run(MONDAY + WEEK)
    assert state_of(issued) == "lapsed"
    assert paper(issued).download_until <= MONDAY + WEEK
    assert [m.template for m in messages(channel="whatsapp")][-1] == "kedaluwarsa"


def test_a_paper_that_was_downloaded_in_time_never_lapses(issued):
    with transaction():
        db.session.get(IssuedDocument, paper(issued).id).grants_taken = 1
    _run(MONDAY + WEEK)
    _run(MONDAY + 2 * WEEK)
    assert state_of(issued) == "issued"
    assert messages(template="kedaluwarsa") == []


def test_lapsing_happens_once(issued):
    _run(MONDAY + WEEK)
    _run(MONDAY + WEEK + SECOND)
    assert _count(Event, Event.action == "expire") == 1
    assert len(messages(template="kedaluwarsa", channel="whatsapp")) == 1


def test_a_reminder_comes_once_at_its_time(issued):
    _run(MONDAY + timedelta(days=5) - SECOND)
    assert messages(template="pengingat-unduh") == []
    _run(MONDAY + timedelta(days=5))
    _run(MONDAY + timedelta(days=5, minutes=1))
    (mail,) = messages(template="pengingat-unduh", channel="email")
    assert "30 November 2026 pukul 09.00 WIB" in mail.body


def test_each_of_several_reminders_comes_once(in_revision):
    for day in (15, 16, 17, 26, 27, 28, 29):
        _run(MONDAY + timedelta(days=day))
    assert len(messages(template="pengingat-perbaikan", channel="whatsapp")) == 2
    _run(MONDAY + timedelta(days=30))
    assert state_of(in_revision) == "withdrawn"


def test_the_clock_begins_anew_with_each_stay_in_a_state(issued):
    _run(MONDAY + timedelta(days=5))
    with clock.frozen(MONDAY + timedelta(days=6)):
        act(issued, "reopen", officer("verifier"), reason="File hilang")
    _run(MONDAY + WEEK)
    assert state_of(issued) == "issued"
    _run(MONDAY + timedelta(days=11))
    assert len(messages(template="pengingat-unduh", channel="whatsapp")) == 2
    _run(MONDAY + timedelta(days=13))
    assert state_of(issued) == "lapsed"


def test_timers_that_were_missed_while_the_worker_was_down_are_made_good(issued, in_revision):
    _run(MONDAY + timedelta(days=90))
    assert state_of(issued) == "lapsed"
    assert state_of(in_revision) == "withdrawn"
    assert messages(template="pengingat-unduh") == []


def test_one_that_fails_stops_no_other_and_is_tried_again(issued, siti, monkeypatch):
    other = send_birth(siti.account_id)
    with transaction():
        application = db.session.get(Application, other)
        cases.put_into(application, "issued", entered_at=MONDAY + SECOND)
        cases.paper_to_download(application)
    strike = upkeep.strike

    def fail_one(hand, application_id):
        if application_id == issued:
            raise Conflict("Sedang dipakai.")
        return strike(hand, application_id)

    with monkeypatch.context() as patch:
        patch.setattr(upkeep_jobs.upkeep, "strike", fail_one)
        _run(MONDAY + WEEK + SECOND)
    assert (state_of(issued), state_of(other)) == ("issued", "lapsed")
    _run(MONDAY + WEEK + 2 * SECOND)
    assert state_of(issued) == "lapsed"


def test_what_was_judged_is_not_read_again_every_minute(issued):
    with transaction():
        db.session.get(IssuedDocument, paper(issued).id).grants_taken = 1
    _run(MONDAY + WEEK)
    later = MONDAY + WEEK + timedelta(minutes=1)
    read = [i for hand in upkeep.list_hands() for i in upkeep.list_struck(hand, later)]
    assert read == []


def test_many_are_read_in_pages_without_gap(siti, monkeypatch):
    monkeypatch.setattr(upkeep, "BATCH", 2)
    with transaction():
        ids = []
        for _ in range(5):
            application = cases.start(AGENCY, SERVICE, siti.account_id)
            cases.put_into(application, "revision", entered_at=MONDAY)
            ids.append(application.id)
        pinned = application.declaration_id
    hand = next(h for h in upkeep.list_hands() if (h.declaration_id, h.state, h.number) == (pinned, "revision", 0))
    assert list(upkeep.list_struck(hand, MONDAY + timedelta(days=30))) == ids


def test_the_sweep_asks_again_for_a_paper_whose_job_was_lost(siti):
    with transaction():
        application = cases.start(AGENCY, SERVICE, siti.account_id)
        document = cases.issue_paper(application, state="wanted")
    forget_collected()
    with clock.frozen(MONDAY + timedelta(seconds=60)):
        sweep()
    assert collected_tasks() == []
    with clock.frozen(MONDAY + timedelta(seconds=61)):
        sweep()
    assert Task(JobName.MAKE_DOCUMENT, document.id) in collected_tasks()


def test_a_paper_that_failed_is_tried_again_by_the_hour_only(siti):
    with transaction():
        application = cases.start(AGENCY, SERVICE, siti.account_id)
        document = cases.issue_paper(application, state="wanted", problem="render: RenderFailed")
    forget_collected()
    with clock.frozen(MONDAY + timedelta(hours=1)):
        sweep()
        assert collected_tasks() == []
        erase_stale()
    assert Task(JobName.MAKE_DOCUMENT, document.id) in collected_tasks()


def test_ended_rows_are_forgotten_and_living_ones_kept(site, siti):
    with transaction():
        for expires in (MONDAY - timedelta(days=1, seconds=1), MONDAY + SECOND):
            db.session.add(_visit(expires))
        for expires in (MONDAY - SECOND, MONDAY + SECOND):
            db.session.add(Captcha(digest=secrets.token_hex(32), answer="7", expires_at=expires))
        for created in (MONDAY - timedelta(hours=24, seconds=1), MONDAY):
            db.session.add(StashedForm(account_id=siti.account_id, path="/x", values={"a": "b"}, created_at=created))
    erase_stale()
    erase_stale()
    assert (_count(Visit), _count(Captcha), _count(StashedForm)) == (1, 1, 1)


def test_the_proof_of_a_telephone_is_kept_and_an_old_unused_link_is_not(siti):
    old = MONDAY - timedelta(days=31)
    with transaction():
        for kind, used_at in (("phone", old), ("phone", None), ("activation", None), ("activation", old)):
            db.session.add(
                Token(
                    kind=kind,
                    digest=secrets.token_hex(32),
                    account_id=siti.account_id,
                    created_at=old,
                    expires_at=old,
                    used_at=used_at,
                )
            )
    erase_stale()
    assert [(t.kind, t.used_at) for t in db.session.scalars(select(Token))] == [("phone", old)]


def test_an_unclaimed_file_is_erased_after_a_day_and_a_claimed_one_kept(site, siti):
    storage = site.extensions["storage"]
    with transaction():
        young, old, claimed = (
            _file(siti.account_id, storage, MONDAY - timedelta(hours=23), claimed=False),
            _file(siti.account_id, storage, MONDAY - timedelta(hours=25), claimed=False),
            _file(siti.account_id, storage, MONDAY - timedelta(hours=25), claimed=True),
        )
    blobs = [file.blob for file in (young, old, claimed)]
    erase_stale()
    assert [storage.exists(blob) for blob in blobs] == [True, False, True]
    assert bytes(db.session.get(StoredFile, old.id, populate_existing=True).wrapped_key) == b""


def test_a_storage_that_fails_is_asked_again(site, siti, monkeypatch):
    storage = site.extensions["storage"].client()
    with transaction():
        file = _file(siti.account_id, storage, MONDAY - timedelta(hours=25), claimed=False)
    blob = file.blob

    def fail(_name):
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", fail)
        with pytest.raises(OSError, match="disk"):
            erase_stale()
    assert storage.exists(blob)
    erase_stale()
    assert not storage.exists(blob)


def test_the_files_of_a_draft_that_was_thrown_away_go_unless_another_application_uses_them(site, siti):
    from portal.models import SupportingDocument

    storage = site.extensions["storage"]
    with transaction():
        draft = cases.start(AGENCY, SERVICE, siti.account_id)
        other = cases.start(AGENCY, SERVICE, siti.account_id)
        alone = _file(siti.account_id, storage, MONDAY, claimed=True)
        shared = _file(siti.account_id, storage, MONDAY, claimed=True)
        for application, file in ((draft, alone), (draft, shared), (other, shared)):
            db.session.add(
                SupportingDocument(
                    code=secrets.token_urlsafe(12),
                    application_id=application.id,
                    step="data-dukung",
                    key="ktp",
                    file_id=file.id,
                    dated_on=MONDAY.date(),
                    note="",
                    added_at=MONDAY,
                )
            )
    blobs = alone.blob, shared.blob
    with transaction():
        erase_draft(db.session.get(Application, draft.id), Actor("applicant", siti.account_id))
    erase_stale()
    assert [storage.exists(blob) for blob in blobs] == [False, True]


def _visit(expires):
    return Visit(
        digest=secrets.token_hex(32),
        audience="citizen",
        data={},
        created_at=MONDAY - timedelta(days=2),
        seen_at=MONDAY - timedelta(days=2),
        expires_at=expires,
    )


def _file(account_id, storage, created, *, claimed):
    blob = storage.put(b"picture", "temporary")
    file = StoredFile(
        code=secrets.token_urlsafe(12),
        account_id=account_id,
        name="foto.jpg",
        media_type="image/jpeg",
        size=blob.size,
        sha256=blob.sha256,
        blob=blob.name,
        wrapped_key=blob.wrapped_key,
        created_at=created,
        claimed_at=created if claimed else None,
    )
    db.session.add(file)
    db.session.flush()
    return file


def _count(table, *where):
    return db.session.scalar(select(func.count()).select_from(table).where(*where))
