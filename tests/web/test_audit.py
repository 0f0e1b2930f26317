"""Every change, gap, cut and forgery in the record of events shows."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from portal import clock
from portal.extensions import db
from portal.jobs.upkeep import anchor_audit
from portal.models import Anchor, Application, Event, EventText
from portal.operations.audit import LOG, verify_all, verify_chain
from portal.queries.audit import find_officers, search_events
from portal.transaction import transaction
from tests.backstage import act, officer, send_birth
from tests.people import AGENCY
from tests.tampering import tamper
from tests.web.conftest import MONDAY

WHOLE = {AGENCY: ()}
LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def log(site):
    """The file of anchors outside the database, empty at first."""
    path = site.extensions["config"].instance_dir / LOG
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def case(siti, log):
    """An application that was sent, taken and refused with a reason; its id."""
    application_id = send_birth(siti.account_id)
    verifier = officer("verifier")
    act(application_id, "take", verifier)
    act(application_id, "refuse", verifier, reason="Nama ibu tidak sesuai dengan KK")
    return application_id


def _code(application_id: int) -> str:
    return db.session.get(Application, application_id).code


def _anchor(at=LATER) -> None:
    with clock.frozen(at):
        anchor_audit()


@pytest.mark.req("XCT-15")
def test_an_untouched_record_is_whole(case):
    _anchor()
    assert verify_all() == []
    assert verify_chain(_code(case)) == []


@pytest.mark.req("XCT-15")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET actor_id = NULL WHERE subject_id = :id AND seq = 3",
        "UPDATE event SET to_state = 'issued' WHERE subject_id = :id AND action = 'refuse'",
        "UPDATE event SET action = 'grant' WHERE subject_id = :id AND seq = 2",
        "UPDATE event SET text_mac = '' WHERE subject_id = :id AND action = 'refuse'",
    ],
)
def test_a_changed_event_shows(case, change):
    tamper(change, id=case)
    assert any("does not follow" in problem for problem in verify_chain(_code(case)))


@pytest.mark.req("XCT-15")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET action = 'grant' WHERE subject_id = :id",
        "UPDATE event SET at = at WHERE subject_id = :id",
        "DELETE FROM event WHERE subject_id = :id",
    ],
)
def test_the_database_itself_refuses_to_change_an_event(case, change):
    before = search_events(WHOLE)
    with pytest.raises(DBAPIError, match="events are append-only"), transaction() as session:
        session.connection().execute(sql(change), {"id": case})
    db.session.rollback()
    assert search_events(WHOLE) == before


def test_a_missing_event_shows(case):
    tamper("DELETE FROM event WHERE subject_id = :id AND seq = 2", id=case)
    assert f"{_code(case)}: event 2 is missing" in verify_all()


def test_a_cut_end_shows_by_the_head(case):
    _cut_last(case)
    assert any("the chain ends at event" in problem for problem in verify_all())


def test_a_cut_end_with_a_mended_head_shows_by_the_anchor(case):
    _anchor()
    _cut_last(case)
    tamper(
        "UPDATE application SET seq = seq - 1,"
        " head = (SELECT mac FROM event WHERE subject_id = :id ORDER BY seq DESC LIMIT 1) WHERE id = :id",
        id=case,
    )
    assert verify_chain(_code(case)) == []
    assert verify_all() == ["anchor 2026-11-23: events that it covered were changed or cut"]


def test_a_changed_reason_shows_and_an_erased_one_does_not(case):
    with transaction():
        db.session.scalars(select(EventText)).one().text = "Sesuai"
    assert any("the text of event" in problem for problem in verify_chain(_code(case)))
    with transaction():
        db.session.scalars(select(EventText)).one().text = None
    assert verify_chain(_code(case)) == []


def test_an_application_that_vanished_with_its_events_left_shows(case, siti):
    other = send_birth(siti.account_id)
    _anchor()
    tamper("UPDATE event SET subject_id = 999999 WHERE subject_id = :id", id=other)
    problems = verify_all()
    assert "application 999999: has events, but is gone" in problems


def test_what_happens_after_the_anchor_does_not_break_it(case):
    _anchor()
    with clock.frozen(LATER):
        act(case, "resubmit", _applicant(case))
    assert verify_all() == []


def test_a_day_is_anchored_once_and_a_lost_line_is_written_again(case, log):
    _anchor()
    _anchor(LATER + timedelta(minutes=1))
    lines = log.read_text().splitlines()
    assert len(lines) == 1
    log.unlink()  # As if the process had died between the commit and the file.
    _anchor(LATER + timedelta(minutes=2))
    assert log.read_text().splitlines() == lines


def test_the_file_and_the_database_bear_witness_against_each_other(case, log):
    _anchor()
    kept = log.read_text()
    log.write_text(kept.replace(" 2 ", " 3 ") if " 2 " in kept else kept[:-3] + "00\n")
    assert any(f"the database and {LOG} differ" in problem for problem in verify_all())
    log.unlink()
    assert verify_all() == [f"anchor 2026-11-23: is missing in {LOG}"]
    log.write_text(kept)
    tamper("DELETE FROM anchor")
    assert verify_all() == [f"anchor 2026-11-23: stands in {LOG} but not in the database"]


def test_an_anchor_leaves_out_what_may_still_be_written(case):
    _anchor(MONDAY + timedelta(minutes=1))
    assert db.session.scalars(select(Anchor.heads)).all() == [0]


@pytest.mark.req("XCT-15")
def test_events_are_found_by_officer_object_and_time(case, siti):
    verifier = find_officers(WHOLE, "Vera")
    with clock.frozen(LATER):
        other = send_birth(siti.account_id)
        act(other, "take", officer("second-verifier"))

    def actions(**wanted):
        return [row.action for row in search_events(WHOLE, **wanted)]

    assert actions(officers=verifier) == ["refuse", "take"]
    assert actions(code=_code(other)) == ["take", "send", "start"]
    assert "refuse" not in actions(since=LATER)
    assert actions(until=LATER)[0] == "refuse"
    assert search_events({"elsewhere": ()}) == []


def test_a_long_trail_is_read_page_by_page_without_gap_or_repetition(case):
    everything = search_events(WHOLE, limit=100)
    found, edge = [], None
    while page := search_events(WHOLE, edge=edge, limit=2):
        found += page
        edge = (page[-1].at, page[-1].code, page[-1].seq)
    assert [row.id for row in found] == [row.id for row in everything]
    newer = search_events(WHOLE, edge=edge, is_backwards=True, limit=100)
    assert [row.id for row in newer] == [row.id for row in everything[-2::-1]]


def test_the_portal_offers_no_way_to_change_an_event(site):
    """Nothing but `record_event` writes events, and nothing updates or deletes them."""
    import re
    from pathlib import Path

    sources = Path(site.root_path).rglob("*.py")
    touching = [
        path.name
        for path in sources
        if re.search(r"(?:update|delete)\(Event\)|Event\(\*\*|add\(Event\(", path.read_text())
    ]
    assert touching == ["events.py"]
    assert Event.__tablename__ == "event"


def _cut_last(case):
    tamper(
        "DELETE FROM event_text WHERE event_id IN (SELECT id FROM event WHERE subject_id = :id AND action = 'refuse')",
        id=case,
    )
    tamper("DELETE FROM event WHERE subject_id = :id AND action = 'refuse'", id=case)


def _applicant(application_id):
    from portal.engine.workflow import Actor

    return Actor("applicant", db.session.get(Application, application_id).account_id)
