"""The same courses with the guard off: read, wait for everybody, then write what was read.

They show that the race exists. A test that passes with and without the guard proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from sqlalchemy import func, select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import (
    Application,
    ChatMessage,
    Counter,
    DownloadGrant,
    Event,
    IssuedDocument,
    Message,
)
from portal.operations import perform as door
from portal.operations import signing
from portal.operations.events import record_event
from portal.operations.facts import gather_facts
from portal.operations.perform import Payload, perform
from portal.operations.submissions import send_application
from portal.queries.catalogue import declared_for
from portal.transaction import transaction
from tests.cases import consent_version
from tests.races.courses import REASON, application_of, paper_of, sign_with
from tests.races.racers import Start


@contextmanager
def door_open(application: Application, action: str, actor: Actor, payload: Payload) -> Iterator[None]:
    """The one door without its compare-and-set: facts from before, and an update of whatever stands there."""
    facts = gather_facts(application, declared_for(application), action, actor, payload)

    def move(application: Application, to: str, at: datetime) -> None:
        db.session.execute(
            update(Application)
            .where(Application.id == application.id)
            .values(state=to, version=Application.version + 1, entered_at=at)
            .execution_options(synchronize_session=False)
        )

    with (
        patch.object(door, "gather_facts", lambda *_: facts),
        patch.object(door, "_move", move),
        patch.object(door.counts, "move", lambda *_: None),  # Its CHECK would notice.
    ):
        yield


def send(start: Start, code: str) -> int:
    """Send what was a draft when it was read."""
    application = application_of(code)
    actor = Actor("applicant", application.account_id)
    consent = consent_version(application)
    with door_open(application, "send", actor, Payload(consent_version=consent)):
        start()
        with transaction():
            # Reading anew behind a lock, as many do, without comparing with what was seen: nobody is stopped.
            db.session.refresh(application, with_for_update=True)
            seen = application.version
            send_application(application, actor, consent_version=consent, seen=seen)
    return application.version


def act(start: Start, code: str, action: str, officer: int, role: str) -> str:
    """Decide what was undecided when it was read."""
    application = application_of(code)
    actor = Actor("officer", officer, frozenset({role}))
    payload = Payload(reason=REASON)
    with door_open(application, action, actor, payload):
        start()
        with transaction():
            return perform(application, action, actor, payload).action_key


def download(start: Start, code: str) -> int:
    """Look whether a download is left, then take it."""
    application = application_of(code)
    document = paper_of(application)
    taken, now = document.grants_taken, clock.now()
    is_free = taken < document.grants_allowed
    start()
    assert is_free
    with transaction():
        db.session.execute(
            update(IssuedDocument)
            .where(IssuedDocument.id == document.id)
            .values(grants_taken=taken + 1)
            .execution_options(synchronize_session=False)
        )
        last = select(func.max(DownloadGrant.ordinal)).where(DownloadGrant.document_id == document.id)
        ordinal = (db.session.scalar(last) or 0) + 1
        db.session.add(
            DownloadGrant(
                document_id=document.id,
                ordinal=ordinal,
                account_id=application.account_id,
                taken_at=now,
                resume_until=now + timedelta(minutes=30),
            )
        )
        record_event(application.id, "download", Actor("applicant", application.account_id))
    return ordinal


def take_number(start: Start, key: str) -> int:
    """Read the counter, add one, write it back."""
    number = db.session.scalars(select(Counter.value).where(Counter.key == key)).one() + 1
    start()
    with transaction():
        db.session.execute(
            update(Counter).where(Counter.key == key).values(value=number).execution_options(synchronize_session=False)
        )
    return number


def talk(start: Start, code: str, author: int) -> int:
    """Number a message by the last one that was read."""
    application = application_of(code)
    seq, at = application.seq + 1, clock.now()
    start()
    with transaction():
        db.session.add(
            Event(
                subject_type="application",
                subject_id=application.id,
                seq=seq,
                actor_kind="applicant",
                actor_id=author,
                at=at,
                action="chat",
                mac="",
            )
        )
        db.session.add(
            ChatMessage(
                application_id=application.id,
                seq=seq,
                author_id=author,
                by_officer=False,
                author_name="S",
                text="hilang",
                written_at=at,
            )
        )
        db.session.flush()
    return seq


def lease(start: Start) -> list[int]:
    """Look what waits, then mark it."""
    waiting = db.session.scalars(select(Message.id).where(Message.state == "queued")).all()
    start()
    with transaction():
        db.session.execute(
            update(Message)
            .where(Message.id.in_(waiting))
            .values(state="sending")
            .execution_options(synchronize_session=False)
        )
    return list(waiting)


def sign(start: Start, code: str, officer: int, passphrase: str) -> tuple[bool, str, int]:
    """Sign without claiming the attempt; everybody waits where the signature is asked for."""

    def claim(document: IssuedDocument) -> str:
        db.session.execute(
            update(IssuedDocument)
            .where(IssuedDocument.id == document.id)
            .values(signing_token=f"{int(clock.now().timestamp())}.x")
            .execution_options(synchronize_session=False)
        )
        return f"{int(clock.now().timestamp())}.x"

    with patch.object(signing, "_claim", claim):
        return sign_with(code, officer, passphrase, at_start=lambda: None, at_signature=start)
