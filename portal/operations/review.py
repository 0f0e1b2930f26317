"""Review: the acts of an officer on a case, each through the one door."""

from __future__ import annotations

from portal.engine.workflow import Actor
from portal.errors import Conflict, NotFound
from portal.models import Application
from portal.operations.perform import Payload, Performed, perform
from portal.queries.catalogue import declared_for
from portal.queries.desk import did_last

LONGEST_REASON = 2000


def act_on_case(
    application: Application, action_key: str, actor: Actor, *, seen: int, reason: str = ""
) -> Performed | None:
    """Do an officer's action; None when this very press was done before (SIN-84, XCT-05).

    Actions of the applicant, of the system, and those with a page of their own do not exist here.
    Raises what `perform` raises.
    """
    actions = declared_for(application).workflow.actions
    action = actions.get(action_key)
    if action is None or action.hidden or action.by in ("applicant", "system"):
        raise NotFound("action")
    if not actor.may(action):
        raise NotFound("action")
    payload = Payload(seen=seen, reason=reason.strip()[:LONGEST_REASON])
    try:
        return perform(application, action_key, actor, payload)
    except Conflict:
        officer = actor.account_id
        if officer is not None and did_last(application, action_key, officer, seen, actions):
            return None
        raise
