"""The counter: an officer registers somebody who stands there, who then gets the activation link (SIN-20)."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, Token
from portal.operations.clashing import keep_facets
from portal.operations.events import record_event
from portal.operations.once import insert_once
from portal.operations.registrations import Filled, begin_registration
from portal.operations.submissions import send_application
from portal.queries.catalogue import declared_for
from portal.queries.counter import Entry

KIND = "counter-form"
FORM_LIVES = timedelta(days=1)


def register_at_counter(entry: Entry, filled: Filled, officer: int, form_key: str) -> Application:
    """Register somebody, once for each form and person however often it is pressed.

    The consent is kept with its version like any other, and an event beside it says that it was
    given at the counter, to whom. Raises Conflict when another account is proven to own the login
    name, and NotAllowed when the officer would register themself or their family.
    """
    digest = _digest(entry, filled, officer, form_key)
    now = clock.now()
    token = {"kind": KIND, "digest": digest, "account_id": officer, "tries": 0}
    if not insert_once(Token, **token, created_at=now, expires_at=now + FORM_LIVES):
        found = _made_before(entry, filled, officer, form_key)
        assert found is not None, "the row and the registration are written together"
        return found
    actor = Actor("officer", officer, entry.roles)
    application = begin_registration(entry.form, filled, office=entry.office, actor=actor)
    keep_facets(application, declared_for(application))
    sent = send_application(
        application, actor, consent_version=filled.consent_version, seen=application.version, action=entry.action_key
    )
    record_event(
        application.id,
        "consent",
        actor,
        from_state=application.state,
        to_state=application.state,
        text=f"Persetujuan versi {filled.consent_version} diberikan pemohon di loket.",
        at=sent.at,
    )
    db.session.execute(update(Token).where(Token.digest == digest).values(application_id=application.id))
    return application


def _made_before(entry: Entry, filled: Filled, officer: int, form_key: str) -> Application | None:
    """What an earlier press of this very form made, or None."""
    return db.session.scalar(
        select(Application)
        .join(Token, Token.application_id == Application.id)
        .where(Token.kind == KIND, Token.digest == _digest(entry, filled, officer, form_key))
    )


def _digest(entry: Entry, filled: Filled, officer: int, form_key: str) -> str:
    """Of the form and the person: a form that is filled in again for somebody else is another one."""
    name = filled.values.get(entry.form.rules.login, "")
    text = f"{officer}|{form_key}|{entry.form.agency.code}|{name}"
    return str(current_app.extensions["vault"].digest(KIND, text))
