"""One device, one account: an agency's setting, off unless it is switched on (PAS-08)."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import select, update

from portal import clock
from portal.engine.declare import Agency
from portal.extensions import db
from portal.models import Application, Token
from portal.operations.once import insert_once
from portal.queries.catalogue import pinned
from portal.queries.clashes import live_states
from portal.queries.places import find_kept
from portal.queries.registrations import OwnRegistration

SETTING = "one_account_per_device"  # "yes" in agency.yaml, or kept by the admin
KIND = "device"
REMEMBERED = timedelta(days=365)


def is_rule_on(agency: Agency) -> bool:
    """Whether this agency lets a device register one account only."""
    return (find_kept(agency.code, SETTING) or agency.settings.get(SETTING, "")) == "yes"


def is_device_held(agency: Agency, device: str, account_id: int | None, own: OwnRegistration | None) -> bool:
    """Whether somebody else registered with this device, and was not refused meanwhile."""
    if not device or not is_rule_on(agency):
        return False
    token = db.session.scalar(select(Token).where(Token.kind == KIND, Token.digest == _digest(agency, device)))
    if token is None or (own is not None and token.application_id == own.application.id):
        return False
    return token.account_id != account_id and _is_alive(token.application_id)


def hold_device(agency: Agency, device: str, application: Application) -> bool:
    """Note which registration came from a device; False where the agency has no such rule.

    Only a keyed hash of the random id in the browser's cookie is kept.
    """
    if not device or not is_rule_on(agency):
        return False
    now = clock.now()
    words = {"account_id": application.account_id, "application_id": application.id, "expires_at": now + REMEMBERED}
    digest = _digest(agency, device)
    if not insert_once(Token, kind=KIND, digest=digest, tries=0, created_at=now, **words):
        db.session.execute(update(Token).where(Token.digest == digest).values(**words))
    return True


def _is_alive(application_id: int | None) -> bool:
    """A registration that was thrown away or refused gives its device free."""
    found = db.session.get(Application, application_id) if application_id is not None else None
    if found is None or found.erased_at is not None:
        return False
    service, workflow = pinned(found.declaration_id)
    waits_for_a_link = workflow.states[found.state].waits == "applicant" and found.round > 0
    is_draft = found.state == workflow.start
    return is_draft or waits_for_a_link or found.state in live_states(service, workflow)


def _digest(agency: Agency, device: str) -> str:
    return str(current_app.extensions["vault"].digest("registration-device", f"{agency.code}|{device}"))
