"""What racers run: read as a route reads, wait for everybody, then act through the real operation."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select

from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, IssuedDocument
from portal.operations import delivery, papers, signing
from portal.operations.chat import write_message
from portal.operations.downloads import take_grant
from portal.operations.perform import Payload, perform
from portal.operations.submissions import send_application
from portal.queries.catalogue import declared_for
from portal.transaction import transaction
from tests.cases import consent_version
from tests.races.racers import Start

REASON = "Alasan yang cukup panjang."


def application_of(code: str) -> Application:
    """The application, read as a route reads it: outside of any transaction."""
    return db.session.scalars(select(Application).where(Application.code == code)).one()


def paper_of(application: Application) -> IssuedDocument:
    """The application's only paper."""
    found = select(IssuedDocument).where(IssuedDocument.application_id == application.id)
    return db.session.scalars(found).one()


def send(start: Start, code: str) -> int:
    """Press *Kirim Pengajuan*."""
    application = application_of(code)
    version, consent = application.version, consent_version(application)
    start()
    with transaction():
        send_application(
            application,
            Actor("applicant", application.account_id),
            consent_version=consent,
            seen=version,
        )
    return application.version


def act(start: Start, code: str, action: str, officer: int, role: str) -> str:
    """Press the button of an action, as an officer who has the page open."""
    application = application_of(code)
    version = application.version
    start()
    with transaction():
        done = perform(
            application,
            action,
            Actor("officer", officer, frozenset({role})),
            Payload(seen=version, reason=REASON),
        )
    return done.action_key


def download(start: Start, code: str) -> int:
    """Press *Unduh*; the ordinal of the grant under which the bytes may be fetched."""
    application = application_of(code)
    declared, document = declared_for(application), paper_of(application)
    actor = Actor("applicant", application.account_id)
    start()
    with transaction():
        return take_grant(application, declared, document, actor).ordinal


def take_numbers(start: Start, region: str, count: int) -> list[str]:
    """Take the numbers of so many papers, each in a transaction of its own."""
    from portal import clock

    taken = []
    start()
    for _ in range(count):
        with transaction():
            taken.append(papers.take_number("{region}-{seq:04}", region, clock.now(), "Asia/Jakarta"))
    return taken


def talk(start: Start, code: str, author: int, count: int, once_key: str) -> list[int]:
    """Write so many messages; their numbers."""
    application = application_of(code)
    said = []
    start()
    for line in range(count):
        with transaction():
            message = write_message(
                application, Actor("applicant", author), name="S", text=f"{line}", once_key=once_key
            )
            said.append(message.seq)
    return said


def lease(start: Start) -> list[int]:
    """Lease a batch of messages, as a worker does."""
    start()
    with transaction():
        return [message.id for message in delivery.lease_batch()[1]]


class CountingSigner:
    """The real signer; counts how often a signature was asked for."""

    def __init__(self, signer: Any, before: Start) -> None:
        self._signer, self._before, self.count = signer, before, 0

    def sign(self, *arguments: Any, **words: Any) -> bytes:
        self.count += 1
        self._before()
        signed: bytes = self._signer.sign(*arguments, **words)
        return signed


def sign(start: Start, code: str, officer: int, passphrase: str) -> tuple[bool, str, int]:
    """Sign one paper: (signed by this racer, problem, signatures asked for)."""
    return sign_with(code, officer, passphrase, at_start=start, at_signature=lambda: None)


def sign_with(
    code: str, officer: int, passphrase: str, *, at_start: Start, at_signature: Start
) -> tuple[bool, str, int]:
    """Sign, with a wait before it begins and one before the signature itself."""
    real = current_app.extensions["signer"]
    counting = current_app.extensions["signer"] = CountingSigner(real, at_signature)
    try:
        at_start()
        (result,) = signing.sign_documents([code], officer, passphrase)
    finally:
        current_app.extensions["signer"] = real
    return result.ok, result.problem, counting.count
