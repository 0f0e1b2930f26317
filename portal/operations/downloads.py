"""One-time downloads: a grant is taken by one conditional update, and may be resumed for a while."""

from __future__ import annotations

from sqlalchemy import update

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Application, ChatMessage, DownloadGrant, IssuedDocument
from portal.operations.chat import write_message
from portal.operations.events import record_event
from portal.queries.catalogue import Declared
from portal.queries.papers import find_live_grant
from portal.transaction import change


def take_grant(application: Application, declared: Declared, document: IssuedDocument, actor: Actor) -> DownloadGrant:
    """Take the permission to download a paper, or return the one that is still running (SIN-77).

    The update names how many grants were taken when it was read: of two that come at once
    one finds no row, and is given the grant that the other took. Raises Conflict when the
    paper was downloaded already or its week is over (SIN-78).
    """
    if running := find_live_grant(document.id, actor.account_id):
        return running
    now = clock.now()
    output = declared.service.output(document.key)
    ordinal = document.grants_taken + 1
    changed = change(
        update(IssuedDocument)
        .where(
            IssuedDocument.id == document.id,
            IssuedDocument.state == "signed",
            IssuedDocument.grants_taken == document.grants_taken,
            IssuedDocument.grants_taken < IssuedDocument.grants_allowed,
            IssuedDocument.download_until > now,
        )
        .values(grants_taken=IssuedDocument.grants_taken + 1)
    )
    if changed != 1:
        if other := find_live_grant(document.id, actor.account_id):
            return other
        raise Conflict("Dokumen TTE tidak dapat diunduh lagi. Minta Verifikator Dinas membukanya.")
    grant = DownloadGrant(
        document_id=document.id,
        ordinal=ordinal,
        account_id=actor.account_id,
        taken_at=now,
        resume_until=now + output.delivery.resume if output else now,
    )
    db.session.add(grant)
    record_event(application.id, "download", actor)
    db.session.flush()
    db.session.refresh(document)
    return grant


def ask_to_reopen(
    application: Application, document: IssuedDocument, actor: Actor, *, name: str, text: str
) -> ChatMessage:
    """Ask the verifier in the talk to open a download again (SIN-79); asking twice is asking once."""
    once = f"reopen:{document.verification_code}:{document.grants_allowed}"
    return write_message(application, actor, name=name, text=text, once_key=once)
