"""Messages are sent at least once under a stable id, told once, and never said to be sent when they were not."""

from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from portal import clock
from portal.extensions import db
from portal.integrations.delivery import TryLater, Undeliverable
from portal.jobs import upkeep as upkeep_jobs
from portal.jobs.outbox import deliver_outbox
from portal.operations import delivery
from portal.operations.delivery import Outcome
from portal.operations.outbox import post_message
from portal.queries.outbox import list_newest
from portal.queue import JobName, Task, collected_tasks, forget_collected, run_pending_jobs
from portal.transaction import transaction
from tests.backstage import messages
from tests.people import AGENCY
from tests.web.conftest import MONDAY

NEWS = {
    "agency": AGENCY,
    "values": {"first_name": "Siti", "code": "AKL1", "link": "/permohonan/AKL1"},
    "to_phone": "+6281234500001",
    "to_email": "siti@example.com",
}


@pytest.fixture
def posted(whatsapp, email):
    """One piece of news over WhatsApp and e-mail, not yet sent."""
    with transaction():
        post_message("terkirim", dedupe="one", **NEWS)


@pytest.mark.req("XCT-01")
def test_a_message_goes_out_once_over_each_channel(posted, whatsapp, email):
    run_pending_jobs()

    assert [m.state for m in messages()] == ["sent", "sent"]
    assert [p.recipient for p in whatsapp.parcels] == ["+6281234500001"]
    assert [p.recipient for p in email.parcels] == ["siti@example.com"]
    assert email.parcels[0].subject == "Pengajuan AKL1 sudah terkirim"
    assert "http://localhost/permohonan/AKL1" in whatsapp.parcels[0].body


def test_posting_the_same_again_adds_nothing(posted):
    with transaction():
        assert post_message("terkirim", dedupe="one", **NEWS) == 0
        assert post_message("terkirim", dedupe="two", **NEWS) == 2
    assert len(messages()) == 4


def test_a_change_that_is_rolled_back_sends_nothing(whatsapp, email):
    def post_and_fail():
        with transaction():
            post_message("terkirim", dedupe="one", **NEWS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post_and_fail()
    assert messages() == []
    assert collected_tasks() == []


def test_a_value_that_nobody_gave_stops_the_message(site):
    with pytest.raises(KeyError), transaction():
        post_message("terkirim", agency=AGENCY, values={}, dedupe="x", to_phone="+6281")


def test_a_channel_without_an_address_gets_no_row(site):
    with transaction():
        post_message("terkirim", dedupe="one", **(NEWS | {"to_email": None}))
    assert [m.channel for m in messages()] == ["whatsapp"]


def test_words_and_addresses_are_sealed_in_the_database(posted):
    rows = db.session.execute(sql("SELECT recipient, subject, body FROM message")).all()
    raw = b"".join(bytes(value) for row in rows for value in row)
    for secret in (b"81234500001", b"siti@example.com", b"AKL1"):
        assert secret not in raw


def test_when_redis_is_down_the_sweep_sends_it_later(posted, whatsapp):
    forget_collected()  # The queue took nothing.
    deliver_later = [t for t in collected_tasks() if t.name == JobName.DELIVER_OUTBOX]
    assert deliver_later == []

    upkeep_jobs.sweep()
    assert Task(JobName.DELIVER_OUTBOX) in collected_tasks()
    run_pending_jobs()
    assert [m.state for m in messages()] == ["sent", "sent"]


def test_an_unreachable_queue_does_not_stop_the_change(site, tmp_path):
    from dataclasses import replace

    from portal import queue

    app_queue = site.extensions[queue.EXTENSION]
    real_config, real_redis = app_queue.config, app_queue.redis
    app_queue.config = replace(real_config, queue_mode="redis", redis_url=f"unix://{tmp_path / 'nothing.sock'}")
    app_queue.redis = queue.redis_connection(app_queue.config)
    try:
        assert queue.send([Task(JobName.DELIVER_OUTBOX)]) is False
        with transaction():
            post_message("terkirim", dedupe="one", **NEWS)
    finally:
        app_queue.config, app_queue.redis = real_config, real_redis
    assert [m.state for m in messages()] == ["queued", "queued"]


def test_two_workers_never_hold_the_same_message(posted):
    with transaction():
        _, first = delivery.lease_batch()
    with transaction():
        _, second = delivery.lease_batch()
    assert len(first) == 2
    assert second == []


def test_a_batch_takes_two_hundred_and_asks_for_another_job(whatsapp, email):
    with transaction():
        for n in range(130):
            post_message("terkirim", dedupe=f"n{n}", **NEWS)
    forget_collected()
    deliver_outbox()
    assert len(whatsapp.parcels) + len(email.parcels) == 200
    assert Task(JobName.DELIVER_OUTBOX) in collected_tasks()
    run_pending_jobs()
    assert len(messages(state="sent")) == 260


def test_a_killed_worker_repeats_at_most_its_batch_under_the_same_ids(posted, whatsapp):
    with transaction():
        _, leased = delivery.lease_batch()
    for message in leased:
        whatsapp.send(message.parcel)  # It was sent, and the worker died before it could say so.
    sent = [p.id for p in whatsapp.parcels]

    with clock.frozen(MONDAY + delivery.LEASE + timedelta(seconds=1)):
        upkeep_jobs.sweep()
        run_pending_jobs()
    assert [m.state for m in messages()] == ["sent", "sent"]
    assert {m.public_id for m in messages()} == set(sent)


def test_a_lease_holds_to_its_last_second(posted):
    with transaction():
        delivery.lease_batch()
    with clock.frozen(MONDAY + delivery.LEASE), transaction():
        assert delivery.take_back_leases() == 0
    with clock.frozen(MONDAY + delivery.LEASE + timedelta(seconds=1)), transaction():
        assert delivery.take_back_leases() == 2


def test_who_lost_the_lease_cannot_say_how_it_ended(posted):
    with transaction():
        lease, leased = delivery.lease_batch()
    with clock.frozen(MONDAY + delivery.LEASE + timedelta(seconds=1)):
        with transaction():
            delivery.take_back_leases()
        with transaction():
            delivery.lease_batch()
        with transaction():
            delivery.record_outcomes(lease, [Outcome(leased[0].id, problem="late")])
    assert [m.state for m in messages()] == ["sending", "sending"]


def test_an_error_in_the_middle_records_what_was_sent_before(posted, email):
    email.fail_next(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        deliver_outbox()
    assert {m.channel: m.state for m in messages()} == {"whatsapp": "sent", "email": "sending"}


@pytest.mark.req("XCT-01")
def test_a_failure_is_tried_again_with_growing_delays_and_given_up_visibly(site, email):
    with transaction():
        post_message("terkirim", dedupe="one", **(NEWS | {"to_phone": None}))
    at, delays = MONDAY, []
    for _ in range(len(delivery.RETRY_AFTER)):
        email.fail_next(TryLater("SMTP 451"))
        with clock.frozen(at):
            deliver_outbox()
        (message,) = messages()
        assert message.state == "failed"
        assert message.problem == "SMTP 451"
        delays.append(message.next_at - at)
        with clock.frozen(message.next_at - timedelta(seconds=1)):
            deliver_outbox()
        assert messages()[0].attempts == message.attempts
        at = message.next_at
    email.fail_next(TryLater("SMTP 451"))
    with clock.frozen(at):
        deliver_outbox()
    assert messages()[0].state == "dead"
    assert delays == sorted(delays)
    assert tuple(delays) == delivery.RETRY_AFTER


def test_a_code_that_proves_a_telephone_never_goes_to_a_mailbox(siti, whatsapp, email):
    whatsapp.fail_next(Undeliverable("WhatsApp 400 (131026)"))
    with transaction():
        post_message(
            "kode-hp",
            agency=AGENCY,
            values={"otp": "123456", "minutes": "10", "first_name": "SITI"},
            dedupe="otp",
            account_id=siti.account_id,
            to_phone="+6281234500001",
            to_email="siti@example.com",
        )
    run_pending_jobs()
    assert [m.channel for m in messages()] == ["whatsapp"]
    assert messages()[0].state == "dead"
    assert email.parcels == []


def test_a_channel_that_is_down_is_asked_once_for_the_whole_batch(whatsapp, email):
    with transaction():
        for n in range(5):
            post_message("terkirim", dedupe=f"n{n}", **NEWS)
    whatsapp.fail_next(TryLater("TimeoutError", is_channel_down=True))
    deliver_outbox()
    assert whatsapp.parcels == []
    assert [m.state for m in messages(channel="whatsapp")] == ["failed"] * 5
    assert [m.state for m in messages(channel="email")] == ["sent"] * 5


def test_a_message_that_still_waits_keeps_its_words(posted):
    forget_collected()
    with clock.frozen(MONDAY + timedelta(days=3)):
        upkeep_jobs.erase_stale()
    assert all(m.body for m in messages())


def test_the_newest_message_stands_first(posted):
    assert [row.channel for row in list_newest(1)] == ["email"]
