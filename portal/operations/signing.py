"""Signing: claim the attempt, sign with no transaction open, look at what came back, then record it at once.

Never `signed` before the signed file is on disk; an attempt whose outcome is unknown says so and is
asked again. The passphrase is used once and is neither stored nor logged (SIN-85).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from flask import current_app
from sqlalchemy import or_, select, update

from portal import clock
from portal.engine.declare import Action, Output
from portal.engine.workflow import Actor, decide
from portal.errors import Refusal
from portal.extensions import db
from portal.models import Account, Application, IssuedDocument, StoredFile
from portal.operations import papers
from portal.operations.facts import gather_facts
from portal.operations.paper_words import certificate_words
from portal.operations.perform import Payload, perform
from portal.operations.signature import UNKNOWN, NotSigned, SigningStopped, signed_bytes
from portal.pades import apart
from portal.queries.accounts import list_duties
from portal.queries.catalogue import Declared, declared_for
from portal.queries.reach import roles_for
from portal.transaction import change, transaction

log = structlog.get_logger(__name__)

ATTEMPT = timedelta(minutes=5)  # after this long a signing attempt counts as dead
NOT_READY = "Dokumen belum selesai dibuat. Coba lagi sebentar."
NOT_FOUND = "Dokumen tidak ditemukan."
UNDER_WAY = "Dokumen ini sedang ditandatangani."
ALREADY = "Dokumen ini sudah ditandatangani."
NO_ACTION = "Alur layanan ini tidak meminta tanda tangan."


@dataclass(frozen=True)
class SigningResult:
    """How signing one paper ended; `problem` is a sentence for the signer, empty when it is signed."""

    code: str
    ok: bool
    problem: str = ""


@dataclass(frozen=True)
class _Attempt:
    """A paper that this process alone may sign now."""

    document_id: int
    token: str
    pdf: bytes
    location: str
    signer_ref: str
    action_key: str
    actor: Actor
    seen: int


def sign_documents(codes: Sequence[str], officer_account_id: int, passphrase: str) -> list[SigningResult]:
    """Sign papers one after the other; one result for each code, in order.

    codes: verification codes of papers, or codes of applications that wait for a signature. To be
    called with no transaction open. A wrong passphrase or an unfit certificate ends the whole batch
    unasked, because repeated tries would lock the signer's certificate.
    """
    results: list[SigningResult] = []
    stop: SigningStopped | None = None
    with apart.one_child():
        for code in codes:
            try:
                if stop is not None:
                    raise stop
                _sign_one(code, officer_account_id, passphrase)
                results.append(SigningResult(code, ok=True))
            except SigningStopped as problem:
                stop = problem
                results.append(SigningResult(code, ok=False, problem=str(problem)))
            except (NotSigned, Refusal) as problem:
                results.append(SigningResult(code, ok=False, problem=str(problem)))
    return results


def signer_reference(account: Account) -> str:
    """By what name the signing service knows an officer: the e-mail of the certificate."""
    return account.email or f"petugas-{account.id}@loket.invalid"


def issue_demo_signer(account_id: int, passphrase: str, *, organisation: str) -> None:
    """Give a demo officer a certificate of the demo's own authority, under this passphrase."""
    from portal.integrations.authority import ensure_demo_authority

    account = db.session.get(Account, account_id)
    assert account is not None
    folder = current_app.extensions["config"].instance_dir / "keys"
    ensure_demo_authority(folder, clock.now()).issue_signer(
        signer_reference(account),
        name=account.name,
        passphrase=passphrase,
        now=clock.now(),
        organisation=organisation,
    )


def free_dead_attempts() -> int:
    """Let papers be signed again whose attempt ended with its process; returns how many."""
    rows = db.session.execute(
        select(IssuedDocument.id, IssuedDocument.signing_token).where(
            IssuedDocument.state == "made", IssuedDocument.signing_token.is_not(None)
        )
    ).all()
    dead = [row for row in rows if _is_dead(row.signing_token)]
    return sum(_free(row.id, row.signing_token, UNKNOWN) for row in dead)


def signing_action(declared: Declared, output: Output) -> tuple[str, Action] | None:
    """The action of the workflow that a signature of this output completes, found by what it needs."""
    return next(
        (
            (key, action)
            for key, action in declared.workflow.actions.items()
            if "document_signed" in action.needs and action.by == output.signer
        ),
        None,
    )


def _sign_one(code: str, officer_id: int, passphrase: str) -> None:
    attempt = _begin(code, officer_id)
    try:
        signed = signed_bytes(
            attempt.pdf,
            attempt.signer_ref,
            passphrase,
            location=attempt.location,
            document_id=attempt.document_id,
        )
        blob = papers.store_pdf(signed)
    except NotSigned as problem:
        with transaction():
            _free(attempt.document_id, attempt.token, str(problem))
        raise
    with transaction():
        file_id = papers.keep_file(blob, name="dokumen.pdf")
    try:
        with transaction():
            _record(attempt, file_id, blob.sha256)
    except Refusal as refusal:
        with transaction():
            _free(attempt.document_id, attempt.token, refusal.message)
        raise
    log.info("paper_signed", document=attempt.document_id, officer=officer_id)


def _begin(code: str, officer_id: int) -> _Attempt:
    """Check everything that can be checked before the signature, and claim the attempt."""
    with transaction():
        document, application = _find(code)
        declared = declared_for(application)
        output = declared.service.output(document.key)
        found = signing_action(declared, output) if output else None
        if found is None:
            raise NotSigned(NO_ACTION)
        action_key, _ = found
        actor = _actor(officer_id, application)
        _check_allowed(application, declared, action_key, actor)
        if document.state != "made":
            raise NotSigned(NOT_READY if document.state == "wanted" else ALREADY)
        token = _claim(document)
        account = db.session.get(Account, officer_id)
        assert account is not None
    return _Attempt(
        document_id=document.id,
        token=token,
        pdf=_unsigned_bytes(document, application, output, account),
        location=declared.agency.address.split(",")[0] or declared.agency.short_name,
        signer_ref=signer_reference(account),
        action_key=action_key,
        actor=actor,
        seen=application.version,
    )


def _find(code: str) -> tuple[IssuedDocument, Application]:
    row = db.session.execute(
        select(IssuedDocument, Application)
        .join(Application, Application.id == IssuedDocument.application_id)
        .where(
            or_(IssuedDocument.verification_code == code, Application.code == code),
            IssuedDocument.state.in_(("wanted", "made", "signed")),
        )
        .order_by(IssuedDocument.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotSigned(NOT_FOUND)
    return row[0], row[1]


def _actor(officer_id: int, application: Application) -> Actor:
    duties = list_duties(officer_id, clock.today("Asia/Jakarta"))
    roles = roles_for(duties, application)
    if not roles:
        # An officer elsewhere learns nothing of papers here, not even that they exist.
        raise NotSigned(NOT_FOUND)
    return Actor("officer", officer_id, roles)


def _check_allowed(application: Application, declared: Declared, action_key: str, actor: Actor) -> None:
    """Whether the signature would be allowed to have its effect; raises what `perform` would raise."""
    facts = gather_facts(application, declared, action_key, actor, Payload())
    decide(declared.workflow, action_key, replace(facts, document_signed=True), actor)


def _claim(document: IssuedDocument) -> str:
    before = document.signing_token
    if before is not None and not _is_dead(before):
        raise NotSigned(UNDER_WAY)
    token = f"{int(clock.now().timestamp())}.{secrets.token_urlsafe(16)}"
    same = IssuedDocument.signing_token.is_(None) if before is None else IssuedDocument.signing_token == before
    claimed = change(
        update(IssuedDocument)
        .where(IssuedDocument.id == document.id, IssuedDocument.state == "made", same)
        .values(signing_token=token)
    )
    if claimed != 1:
        raise NotSigned(UNDER_WAY)
    return token


def _is_dead(token: str) -> bool:
    began = int(token.partition(".")[0])
    return clock.now().timestamp() - began > ATTEMPT.total_seconds()


def _unsigned_bytes(
    document: IssuedDocument, application: Application, output: Output | None, account: Account
) -> bytes:
    """The paper as it was made; made anew when it names another signer than the one who signs now."""
    if output is not None and document.signer_name != account.name:
        words = certificate_words(document, application, signer_name=account.name)
        return papers.render(output.template, words, application.agency)
    file = db.session.get(StoredFile, document.unsigned_file_id)
    assert file is not None
    return papers.read_file(file)


def _record(attempt: _Attempt, file_id: int, sha256: str) -> None:
    """The signed file, the state of the paper, the change of the application: all of it or nothing."""
    account = db.session.get(Account, attempt.actor.account_id)
    assert account is not None
    signed = change(
        update(IssuedDocument)
        .where(
            IssuedDocument.id == attempt.document_id,
            IssuedDocument.state == "made",
            IssuedDocument.signing_token == attempt.token,
        )
        .values(
            state="signed",
            signed_file_id=file_id,
            sha256=sha256,
            signed_by=account.id,
            signer_name=account.name,
            signed_at=clock.now(),
            signing_token=None,
            problem="",
        )
    )
    if signed != 1:
        raise _Lost(UNKNOWN)
    papers.claim_file(file_id)
    document = db.session.get(IssuedDocument, attempt.document_id, populate_existing=True)
    assert document is not None
    application = db.session.get(Application, document.application_id)
    assert application is not None
    perform(application, attempt.action_key, attempt.actor, Payload(seen=attempt.seen))


class _Lost(Refusal):
    """The paper was taken back, or another attempt took over, while this one signed."""

    status = 409


def _free(document_id: int, token: str, problem: str) -> int:
    return change(
        update(IssuedDocument)
        .where(IssuedDocument.id == document_id, IssuedDocument.signing_token == token)
        .values(signing_token=None, problem=problem[:200])
    )
