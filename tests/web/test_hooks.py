"""WhatsApp's reports are taken from WhatsApp alone, in any order, any number of times."""

import hashlib
import hmac
import json
from dataclasses import replace
from itertools import permutations

import pytest

from portal.extensions import db
from portal.operations import delivery
from portal.operations.delivery import Outcome
from portal.operations.outbox import post_message
from portal.queue import run_pending_jobs
from portal.transaction import transaction
from tests.backstage import messages
from tests.people import AGENCY

SECRET = "app-secret-of-whatsapp"
ADDRESS = "/hooks/whatsapp"


@pytest.fixture
def hook(site):
    """A client, and the settings with which WhatsApp may report."""
    before = site.extensions["config"]
    site.extensions["config"] = replace(before, whatsapp_secret=SECRET, whatsapp_verify="our-word")
    yield site.test_client()
    site.extensions["config"] = before


@pytest.fixture
def message(hook):
    """A WhatsApp message that was sent."""
    with transaction():
        post_message(
            "terkirim",
            agency=AGENCY,
            values={"first_name": "Siti", "code": "AKL1", "link": "/x"},
            dedupe="one",
            to_phone="+6281234500001",
        )
    run_pending_jobs()
    found = messages()[0]
    db.session.expunge(found)  # What a request does to the session is no concern of the test.
    return found


def report(hook, status, message, *, secret=SECRET, **more):
    body = json.dumps(
        {
            "entry": [
                {"changes": [{"value": {"statuses": [{"id": message.provider_id or "w", "status": status, **more}]}}]}
            ]
        }
    ).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hook.post(ADDRESS, data=body, content_type="application/json", headers={"X-Hub-Signature-256": signature})


def test_whatsapp_is_told_that_the_address_is_ours_only_for_our_word(hook):
    asked = {"hub.mode": "subscribe", "hub.challenge": "4711", "hub.verify_token": "our-word"}
    assert hook.get(ADDRESS, query_string=asked).text == "4711"
    assert hook.get(ADDRESS, query_string=asked | {"hub.verify_token": "guess"}).status_code == 404


@pytest.mark.req("XCT-01")
@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])))
def test_reports_in_any_order_end_at_the_furthest(hook, message, order):
    for status in order:
        assert report(hook, status, message).status_code == 200
    assert messages()[0].state == "read"


def test_the_same_report_twice_changes_nothing(hook, message):
    report(hook, "delivered", message)
    first = messages()[0].sent_at
    report(hook, "delivered", message)
    assert (messages()[0].state, messages()[0].sent_at) == ("delivered", first)


@pytest.mark.req("XCT-01")
def test_a_failure_is_visible_and_a_late_one_changes_nothing(hook, message):
    report(hook, "failed", message, errors=[{"code": 131026}])
    assert (messages()[0].state, messages()[0].problem) == ("dead", "WhatsApp (131026)")

    report(hook, "delivered", message)
    assert messages()[0].state == "dead"


def test_a_failure_after_the_arrival_changes_nothing(hook, message):
    report(hook, "delivered", message)
    report(hook, "failed", message, errors=[{"code": 1}])
    assert messages()[0].state == "delivered"


def test_a_report_that_overtakes_our_own_record_is_kept(hook, site):
    with transaction():
        post_message(
            "terkirim",
            agency=AGENCY,
            values={"first_name": "Siti", "code": "AKL1", "link": "/x"},
            dedupe="one",
            to_phone="+6281234500001",
        )
    with transaction():
        lease, leased = delivery.lease_batch()
    (message,) = messages()
    report(hook, "delivered", message, biz_opaque_callback_data=message.public_id)
    with transaction():
        delivery.record_outcomes(lease, [Outcome(leased[0].id, provider_id="w")])
    assert (messages()[0].state, messages()[0].provider_id) == ("delivered", "w")


@pytest.mark.parametrize("secret", ["guess", ""])
def test_a_report_without_the_right_signature_is_refused(hook, message, secret):
    assert report(hook, "read", message, secret=secret).status_code == 403
    assert messages()[0].state == "sent"


def test_without_a_secret_there_is_no_hook(site, message):
    site.extensions["config"] = replace(site.extensions["config"], whatsapp_secret=None)
    assert report(site.test_client(), "read", message).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[]", b'{"entry": 5}', b'{"entry": [{"changes": [null, {"value": {"statuses": [7, {}]}}]}]}'],
)
def test_nonsense_from_whatsapp_does_no_harm(hook, message, body):
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = hook.post(ADDRESS, data=body, content_type="application/json", headers={"X-Hub-Signature-256": signature})
    assert answer.status_code == 200
    assert messages()[0].state == "sent"


def test_a_report_about_a_message_of_somebody_else_is_forgotten(hook, message):
    message.provider_id = "wamid.foreign"
    assert report(hook, "read", message).status_code == 200
    assert messages()[0].state == "sent"
