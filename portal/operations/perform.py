"""The one door: every change of a subject's state goes through `perform`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update

from portal import clock
from portal.engine.declare import Action
from portal.engine.workflow import Actor, Facts, decide
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Application, Event
from portal.operations import counts
from portal.operations.events import record_event
from portal.operations.facts import gather_facts
from portal.queries import events as event_queries
from portal.queries.catalogue import Declared, declared_for
from portal.transaction import change


@dataclass(frozen=True)
class Payload:
    """What came with an action: the version its actor saw, a reason, values of its form."""

    seen: int | None = None
    reason: str = ""
    consent_version: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    challenge_passed: bool = False


@dataclass(frozen=True)
class Performed:
    """One change of state that just happened, as effects see it."""

    application: Application
    declared: Declared
    action_key: str
    action: Action
    from_state: str
    actor: Actor
    payload: Payload
    facts: Facts
    event: Event
    at: datetime


def perform(application: Application, action_key: str, actor: Actor, payload: Payload | None = None) -> Performed:
    """Do a declared action on a subject, its event and its effects, inside one transaction.

    The change is a single compare-and-set on (state, version). Raises NotAllowed for
    an actor without the role, Invalid for a guard that does not hold, and Conflict
    when somebody else was faster: then nothing at all has happened.
    """
    from portal.operations.effects import apply_effect

    payload = payload or Payload()
    declared = declared_for(application)
    if payload.seen is not None and payload.seen != application.version:
        raise _already_handled(application)
    facts = gather_facts(application, declared, action_key, actor, payload)
    decision = decide(declared.workflow, action_key, facts, actor)
    from_state, at = application.state, clock.now()
    _move(application, decision.to, at)
    counts.move(application, from_state, decision.to)
    event = record_event(
        application.id,
        action_key,
        actor,
        from_state=from_state,
        to_state=decision.to,
        text=payload.reason,
        at=at,
    )
    db.session.refresh(application)
    performed = Performed(
        application=application,
        declared=declared,
        action_key=action_key,
        action=declared.workflow.actions[action_key],
        from_state=from_state,
        actor=actor,
        payload=payload,
        facts=facts,
        event=event,
        at=at,
    )
    for effect in decision.effects:
        apply_effect(performed, effect)
    db.session.flush()
    return performed


def _move(application: Application, to: str, at: datetime) -> None:
    changed = change(
        update(Application)
        .where(
            Application.id == application.id,
            Application.state == application.state,
            Application.version == application.version,
        )
        .values(state=to, version=Application.version + 1, entered_at=at)
    )
    if changed != 1:
        db.session.refresh(application)
        raise _already_handled(application)


def _already_handled(application: Application) -> Conflict:
    last = event_queries.find_last_change(application.id)
    declared = declared_for(application)
    zone = ZoneInfo(declared.agency.zone)
    at = (last.at if last else application.entered_at).astimezone(zone)
    who = last.actor_name if last and last.actor_name else "sistem"
    state = declared.workflow.states[application.state].staff
    return Conflict(
        f"Sudah ditangani oleh {who} pada {at:%d-%m-%Y pukul %H.%M}: sekarang {state}."
        " Periksa keadaan terbaru sebelum melanjutkan."
    )
