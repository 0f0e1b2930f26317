"""Applications: started, resumed on a newer declaration, and drafts thrown away."""

from __future__ import annotations

import secrets

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.engine.codes import format_code
from portal.engine.declare import Agency, Service
from portal.engine.workflow import Actor
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Answers, Application, SupportingDocument
from portal.operations import counts
from portal.operations.events import record_event
from portal.queries.catalogue import catalogue, current_declaration_id
from portal.transaction import change

CODE_TRIES = 5


def start_application(
    agency: Agency,
    service: Service,
    *,
    account_id: int | None,
    mode: str = "personal",
    office: str = "",
    actor: Actor | None = None,
) -> Application:
    """A new draft that pins the newest declaration; registrations start without an account.

    actor: who begins it, when that is not the applicant.
    """
    workflow = catalogue().workflow(agency.code, service.workflow)
    now = clock.now()
    application = Application(
        code=_free_code(agency, service),
        kind=service.kind,
        agency=agency.code,
        service=service.code,
        declaration_id=current_declaration_id(agency.code, service.code),
        account_id=account_id,
        mode=mode,
        office=office,
        state=workflow.start,
        created_at=now,
        entered_at=now,
    )
    db.session.add(application)
    db.session.flush()
    counts.enter(application)
    record_event(
        application.id,
        "start",
        actor or Actor("applicant", account_id),
        to_state=workflow.start,
    )
    db.session.refresh(application)
    return application


def adopt_newest_declaration(application: Application) -> bool:
    """Move a draft that was never sent to the newest version; True when it changed.

    What was typed stays: answers whose question is gone are kept but no longer shown.
    """
    newest = current_declaration_id(application.agency, application.service)
    if application.round > 0 or application.declaration_id == newest:
        return False
    changed = change(
        update(Application)
        .where(Application.id == application.id, Application.version == application.version)
        .values(declaration_id=newest)
    )
    if changed != 1:
        raise Conflict("Pengajuan ini baru saja berubah. Buka lagi.")
    record_event(application.id, "adopt", Actor("system"))
    db.session.refresh(application)
    return True


def name_subject(application: Application, values: dict[str, str], service: Service) -> None:
    """Take over who the application is about: the name for search, the numbers as keyed hashes."""
    vault = current_app.extensions["vault"]
    subject = service.subject
    nik = values.get(subject.nik, "") if subject.nik else ""
    kk = next((values[f.key] for f in service.fields if f.type == "kk" and values.get(f.key)), "")
    application.subject_name = values.get(subject.name, "")[:200]
    application.subject_digest = vault.digest("nik", nik) if nik else None
    application.family_digest = vault.digest("kk", kk) if kk else None


def erase_draft(application: Application, actor: Actor) -> None:
    """Throw a never-sent draft away: answers go at once, its files with the next clean-up (SIN-73)."""
    if application.round > 0 or application.erased_at is not None:
        raise Conflict("Pengajuan yang pernah dikirim tidak dapat dihapus.")
    now = clock.now()
    counts.leave(application)
    record_event(application.id, "erase", actor, from_state=application.state)
    db.session.execute(delete(Answers).where(Answers.application_id == application.id))
    db.session.execute(
        update(SupportingDocument)
        .where(
            SupportingDocument.application_id == application.id,
            SupportingDocument.removed_at.is_(None),
        )
        .values(removed_at=now)
    )
    application.erased_at = now
    application.subject_name = ""
    application.subject_digest = application.family_digest = None
    db.session.flush()


def _free_code(agency: Agency, service: Service) -> str:
    """A code that nobody can guess from another: prefix, region, and a random number."""
    for _ in range(CODE_TRIES):
        code = format_code(service.code_format, region=agency.region, seq=secrets.randbelow(10**8))
        if db.session.scalar(select(Application.id).where(Application.code == code)) is None:
            return code
    raise IntegrityError("no free code", None, Exception(service.code_format))
