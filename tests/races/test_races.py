"""What is scarce is taken once, however many ask at the same moment; each beside a control with the guard off."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.integrations.authority import ensure_demo_authority
from portal.models import (
    Account,
    Application,
    ChatMessage,
    Counter,
    DownloadGrant,
    Event,
    IssuedDocument,
    Message,
    Submission,
)
from portal.operations import papers, signing
from portal.operations.audit import verify_chain
from portal.operations.outbox import post_message
from portal.transaction import transaction
from tests import fixtures_files
from tests.cases import issue_paper, paper_to_download
from tests.people import AGENCY
from tests.races import controls, courses
from tests.races.racers import RACERS, Racers, errors, winners

HEATS = 5
PASSPHRASE = "Rahasia-Penandatangan-77"
Draft = Callable[[], Application]
Case = Callable[..., Application]
Officer = Callable[[str], int]


def _events(application: Application, action: str) -> int:
    return (
        db.session.scalar(select(func.count()).where(Event.subject_id == application.id, Event.action == action)) or 0
    )


def _count(table: type, application: Application) -> int:
    found = select(func.count()).select_from(table).where(table.application_id == application.id)
    return db.session.scalar(found) or 0


@pytest.mark.req("XCT-05")
def test_sending_at_once_is_sending_once(racers: Racers, draft: Draft) -> None:
    for _ in range(HEATS):
        application = draft()
        outcomes = racers.race(courses.send, [(application.code,)] * RACERS)
        assert winners(outcomes) == [1]
        assert errors(outcomes) == ["Conflict"] * (RACERS - 1)
        assert _count(Submission, application) == 1
        assert _events(application, "send") == 1
        told = db.session.scalars(select(Message.channel).where(Message.application_id == application.id)).all()
        assert told, "nobody was told"
        assert set(Tally(told).values()) == {1}
        assert verify_chain(application.code) == []


def test_without_the_guard_sending_at_once_is_sending_often(racers: Racers, draft: Draft) -> None:
    application = draft()
    outcomes = racers.race(controls.send, [(application.code,)] * RACERS)
    assert len(winners(outcomes)) == RACERS, outcomes
    assert _count(Submission, application) == RACERS
    assert _events(application, "send") == RACERS


@pytest.mark.req("XCT-05")
def test_of_opposite_decisions_at_once_one_counts(racers: Racers, case: Case, officer: Officer) -> None:
    vera = officer("Vera")
    for _ in range(HEATS):
        application = case("checking", claimed_by=vera)
        outcomes = racers.race(courses.act, _decisions(application, vera))
        (decision,) = winners(outcomes)
        assert errors(outcomes) == ["Conflict"] * (RACERS - 1)
        assert all("Sudah ditangani" in one.text for one in outcomes if one.error)
        assert [_events(application, key) for key in ("approve", "refuse")] == [
            int(decision == "approve"),
            int(decision == "refuse"),
        ]
        assert _count(IssuedDocument, application) == int(decision == "approve")
        assert verify_chain(application.code) == []


def test_without_the_guard_opposite_decisions_both_count(racers: Racers, case: Case, officer: Officer) -> None:
    vera = officer("Vera")
    application = case("checking", claimed_by=vera)
    outcomes = racers.race(controls.act, _decisions(application, vera))
    assert len(winners(outcomes)) == RACERS, outcomes
    assert _events(application, "approve") == _events(application, "refuse") == RACERS // 2
    assert _count(IssuedDocument, application) == RACERS // 2


def _decisions(application: Application, officer: int) -> list[tuple[str, str, int, str]]:
    """Two windows of one desk approve, two refuse."""
    keys = ["approve", "refuse"] * (RACERS // 2)
    return [(application.code, key, officer, "verifier") for key in keys]


@pytest.mark.req("XCT-05")
def test_of_two_officers_who_take_a_case_at_once_one_holds_it(racers: Racers, case: Case, officer: Officer) -> None:
    people = [officer("Vera"), officer("Vino")] * (RACERS // 2)
    for _ in range(HEATS):
        application = case("sent")
        grabs = [(application.code, "take", one, "verifier") for one in people]
        outcomes = racers.race(courses.act, grabs)
        assert winners(outcomes) == ["take"]
        assert errors(outcomes) == ["Conflict"] * (RACERS - 1)
        db.session.refresh(application)
        first = next(i for i, one in enumerate(outcomes) if not one.error)
        assert application.claimed_by == people[first]


@pytest.mark.req("SIN-77")
def test_downloads_at_once_are_one_grant(racers: Racers, case: Case) -> None:
    for _ in range(HEATS):
        application = case("issued")
        with transaction():
            document = paper_to_download(application)
        outcomes = racers.race(courses.download, [(application.code,)] * RACERS)
        assert winners(outcomes) == [1] * RACERS, outcomes
        assert _grants(document) == 1
        assert _events(application, "download") == 1


def test_without_the_guard_downloads_at_once_are_many_grants(racers: Racers, case: Case) -> None:
    application = case("issued")
    with transaction():
        document = paper_to_download(application)
    outcomes = racers.race(controls.download, [(application.code,)] * RACERS)
    assert sorted(winners(outcomes)) == list(range(1, RACERS + 1)), outcomes
    assert _grants(document) == RACERS


def _grants(document: IssuedDocument) -> int:
    found = select(func.count()).where(DownloadGrant.document_id == document.id)
    return db.session.scalar(found) or 0


def test_numbers_of_papers_are_never_given_twice_and_none_is_left_out(racers: Racers) -> None:
    each = 15
    outcomes = racers.race(courses.take_numbers, [("33.26", each)] * RACERS)
    taken = [number for mine in winners(outcomes) for number in mine]
    assert sorted(taken) == [f"3326-{n:04}" for n in range(1, RACERS * each + 1)]


def test_without_the_guard_a_number_is_given_to_everybody(racers: Racers) -> None:
    with transaction() as session:
        session.add(Counter(key="control", value=0))
    outcomes = racers.race(controls.take_number, [("control",)] * RACERS)
    assert winners(outcomes) == [1] * RACERS


def test_messages_at_once_are_numbered_one_by_one(racers: Racers, case: Case, siti: int) -> None:
    application, each = case("checking"), 8
    before = application.seq
    outcomes = racers.race(courses.talk, [(application.code, siti, each, "")] * RACERS)
    numbers = sorted(seq for mine in winners(outcomes) for seq in mine)
    assert numbers == list(range(before + 1, before + RACERS * each + 1))
    assert _count(ChatMessage, application) == RACERS * each
    assert verify_chain(application.code) == []


def test_one_button_pressed_in_four_windows_says_it_once(racers: Racers, case: Case, siti: int) -> None:
    application = case("checking")
    outcomes = racers.race(courses.talk, [(application.code, siti, 1, "same")] * RACERS)
    assert len(winners(outcomes)) == RACERS, outcomes
    assert len({tuple(said) for said in winners(outcomes)}) == 1
    assert _count(ChatMessage, application) == 1


def test_without_the_guard_messages_at_once_are_lost(racers: Racers, case: Case, siti: int) -> None:
    application = case("checking")
    outcomes = racers.race(controls.talk, [(application.code, siti)] * RACERS)
    assert len(winners(outcomes)) == 1
    assert errors(outcomes) == ["IntegrityError"] * (RACERS - 1)
    assert _count(ChatMessage, application) == 1


def test_workers_never_lease_the_same_message(racers: Racers, siti: int) -> None:
    _fill_outbox(siti, 300)
    outcomes = racers.race(courses.lease, [()] * RACERS)
    leased = [message for mine in winners(outcomes) for message in mine]
    assert len(leased) == len(set(leased)) == 300, outcomes


def test_without_the_guard_workers_send_everything_four_times(racers: Racers, siti: int) -> None:
    _fill_outbox(siti, 20)
    outcomes = racers.race(controls.lease, [()] * RACERS)
    leased = [message for mine in winners(outcomes) for message in mine]
    assert set(Tally(leased).values()) == {RACERS}


def _fill_outbox(account: int, count: int) -> None:
    with transaction():
        for number in range(count):
            post_message(
                "kode-hp",
                agency=AGENCY,
                values={"first_name": "Siti", "otp": f"{number:06}", "minutes": "10"},
                dedupe=f"race:{number}",
                account_id=account,
                to_phone="+6281234500001",
            )


@pytest.fixture
def paper(site: Flask, case: Case, officer: Officer) -> tuple[str, int]:
    """(verification code, account of the signer) of a paper that waits for its signature."""
    application, signer = case("signing"), officer("Sapto")
    account = db.session.get_one(Account, signer)
    now = clock.now()
    authority = ensure_demo_authority(site.extensions["config"].instance_dir / "keys", now)
    authority.issue_signer(
        signing.signer_reference(account),
        name=account.name,
        passphrase=PASSPHRASE,
        now=now - timedelta(minutes=1),
        organisation=AGENCY,
    )
    blob = papers.store_pdf(fixtures_files.paper(1))
    with transaction():
        file_id = papers.keep_file(blob, name="akta.pdf")
        document = issue_paper(application, unsigned_file_id=file_id, signer_name=account.name)
    return document.verification_code, signer


@pytest.mark.req("SIN-85")
def test_signing_at_once_asks_for_one_signature(racers: Racers, paper: tuple[str, int]) -> None:
    code, signer = paper
    outcomes = racers.race(courses.sign, [(code, signer, PASSPHRASE)] * RACERS)
    results = winners(outcomes)
    assert sum(asked for _, _, asked in results) == 1, outcomes
    assert [ok for ok, _, _ in results].count(True) == 1, outcomes
    application = db.session.scalars(
        select(Application)
        .join(IssuedDocument, IssuedDocument.application_id == Application.id)
        .where(IssuedDocument.verification_code == code)
    ).one()
    assert application.state == "issued"
    assert _events(application, "sign") == 1


def test_without_the_guard_everybody_asks_for_a_signature(racers: Racers, paper: tuple[str, int]) -> None:
    code, signer = paper
    outcomes = racers.race(controls.sign, [(code, signer, PASSPHRASE)] * RACERS)
    assert sum(asked for _, _, asked in winners(outcomes)) == RACERS, outcomes
