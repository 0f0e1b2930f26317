"""Work that goes back to the others when an officer's duty ends: claims are released through the one door."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from portal import clock
from portal.engine.declare import Action
from portal.engine.workflow import Actor
from portal.errors import Refusal
from portal.extensions import db
from portal.models import Application, Duty
from portal.operations.events import record_event
from portal.operations.perform import Payload, perform
from portal.queries.accounts import list_duties
from portal.queries.catalogue import catalogue, declared_for
from portal.queries.duties import DUTY_ZONE
from portal.queries.reach import offices_covered, roles_for

REASON = "Tugas petugas berakhir."
RELEASE = "release"  # the effect, and the event where a workflow declares no action for it
SYSTEM = Actor("system")


def return_work(duty: Duty) -> int:
    """Release what the officer of an ended duty holds there and no other duty covers; returns how many.

    The duty's row must be closed already. Drafts that the officer wrote at the counter stay: nobody
    else could see them.
    """
    left = list_duties(duty.account_id, clock.today(DUTY_ZONE))
    returned = 0
    for application in _held(duty):
        if duty.role in roles_for(left, application):
            continue
        _hand_back(application, duty)
        returned += 1
    return returned


def _held(duty: Duty) -> Sequence[Application]:
    statement = select(Application).where(
        Application.claimed_by == duty.account_id,
        Application.agency == duty.agency,
        Application.sent_at.is_not(None),
    )
    if offices := offices_covered(catalogue(), duty.agency, [duty.office]):
        statement = statement.where(Application.office.in_(sorted(offices)))
    return db.session.scalars(statement.order_by(Application.id)).all()


def _hand_back(application: Application, duty: Duty) -> None:
    """By the workflow's own action of the system; else by the officer's; else the claim alone goes."""
    by_officer = Actor("officer", duty.account_id, frozenset({duty.role}))
    for actor, by in ((SYSTEM, "system"), (by_officer, duty.role)):
        key = _releasing(application, by)
        if key is None:
            continue
        try:
            perform(application, key, actor, Payload(reason=REASON))
        except Refusal:
            continue  # A guard says no, before anything was written.
        return
    _drop_claim(application)


def _releasing(application: Application, by: str) -> str | None:
    """The declared action that releases the claim and does nothing else."""
    actions = declared_for(application).workflow.actions
    return next((key for key, action in actions.items() if _only_releases(action, application.state, by)), None)


def _only_releases(action: Action, state: str, by: str) -> bool:
    effects = [effect.name for effect in action.effects]
    return action.by == by and state in action.from_ and action.timer is None and effects == [RELEASE]


def _drop_claim(application: Application) -> None:
    db.session.execute(
        update(Application)
        .where(Application.id == application.id)
        .values(claimed_by=None, claimed_at=None)
        .execution_options(synchronize_session=False)
    )
    record_event(application.id, RELEASE, SYSTEM, text=REASON)
    db.session.refresh(application)
