"""Who may do what to a subject in a state, what that demands and causes, and what time does by itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.engine.declare import Action, Effect, State, Workflow
from portal.engine.guards import GUARDS, Facts, Guard
from portal.errors import Conflict, Invalid, NotAllowed

__all__ = [
    "GUARDS",
    "Actor",
    "Decision",
    "Due",
    "Facts",
    "Guard",
    "actions_open",
    "decide",
    "due_timers",
    "may_change",
]


@dataclass(frozen=True)
class Actor:
    """Who acts. Roles are those held at the subject's agency and office; the system has none."""

    kind: Literal["applicant", "officer", "system"]
    account_id: int | None = None
    roles: frozenset[str] = frozenset()

    def may(self, action: Action) -> bool:
        """Whether the action is this actor's to do at all."""
        if action.by in ("applicant", "system"):
            return self.kind == action.by
        return self.kind == "officer" and action.by in self.roles


@dataclass(frozen=True)
class Decision:
    """One accepted action: one change of state, one event, and what it causes, in order."""

    action: str
    from_: str
    to: str
    effects: tuple[Effect, ...]
    event_kind: str


@dataclass(frozen=True)
class Due:
    """What time asks for: the action itself, or its reminder `number` (1 is the first)."""

    action: str
    kind: Literal["act", "remind"]
    due_at: datetime
    number: int = 0
    message: str = ""


def actions_open(workflow: Workflow, state: str, actor: Actor) -> list[tuple[str, Action]]:
    """The actions that this actor may try in this state, in declared order, hidden ones included."""
    return [(key, action) for key, action in workflow.actions.items() if state in action.from_ and actor.may(action)]


def decide(workflow: Workflow, action_key: str, facts: Facts, actor: Actor) -> Decision:
    """What doing the action now means.

    Raises NotAllowed when it is not the actor's to do, Conflict when the subject is not (or no
    longer) in a state for it or somebody else holds it, Invalid with guard name -> sentence.
    """
    action = workflow.actions.get(action_key)
    if action is None or not actor.may(action):
        raise NotAllowed("Tindakan ini bukan wewenang Anda.")
    if actor.kind == "officer" and facts.own_case:
        raise NotAllowed("Ini pengajuan Anda atau keluarga Anda. Mintalah petugas lain.")
    if facts.state not in action.from_:
        raise Conflict(_moved(workflow, facts.state))
    if "claimed" in action.needs and facts.claimed_by_other:
        raise Conflict("Pengajuan ini sedang dikerjakan petugas lain.")
    problems = {name: sentence for name in action.needs if (sentence := GUARDS[name](facts))}
    if problems:
        raise Invalid(problems)
    return Decision(action_key, facts.state, action.to, action.effects, event_kind=action_key)


def _moved(workflow: Workflow, state: str) -> str:
    now = workflow.states.get(state)
    return f"Tidak dapat dilakukan: statusnya sekarang {now.citizen if now else state}."


def due_timers(workflow: Workflow, state: str, entered_at: datetime, now: datetime, facts: Facts) -> list[Due]:
    """What is due in a state entered at `entered_at` (aware): an action at or past its end, else reminders.

    The caller does each once: an action by the state it leaves, a reminder by a stable message id.
    """
    found: list[Due] = []
    for key, action in workflow.actions.items():
        timer = action.timer
        if timer is None or state not in action.from_:
            continue
        if timer.unless and GUARDS[timer.unless](facts) is None:
            continue
        end = entered_at + timer.after
        if now >= end:
            found.append(Due(key, "act", end))
            continue
        moments = sorted(end - before for before in timer.remind)
        found += [
            Due(key, "remind", at, number, timer.reminder) for number, at in enumerate(moments, start=1) if now >= at
        ]
    return found


def may_change(state: State, target: str, flagged: Collection[str]) -> bool:
    """Whether the applicant may change the field or document `target` in this state.

    `flagged` are the targets of the open notes; a note on the whole application is "".
    """
    if state.edit == "flagged":
        return target in flagged or "" in flagged
    return state.edit == "all"
