"""States and actions: who may move a subject where, and what that causes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from portal.engine.declare.words import Declared, Duration, Key, Tone, Words, YesNo


class Effect(Declared):
    """What a transition causes; written `{notify: terkirim}`, or bare `enrol`."""

    name: str
    argument: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1 and "name" not in value:
            ((name, argument),) = value.items()
            return {"name": name, "argument": argument}
        return value


class Confirmation(Declared):
    text: str
    yes: str
    no: str = "Batal"


class Timer(Declared):
    """Do the action as `system` so long after the state was entered."""

    after: Duration
    unless: str = ""  # a guard that stops the clock when it holds
    remind: tuple[Duration, ...] = ()  # so long before the end
    reminder: str = ""  # message key of the reminders


class State(Declared):
    citizen: str
    staff: str
    waits: str = ""  # applicant, system, or a role; empty when final
    means: str = ""  # one sentence of at most 15 words for the citizen: what, by when
    clock: Literal["running", "paused", "stopped"] = "stopped"
    edit: Literal["all", "flagged", "none"] = "none"
    tone: Tone = "neutral"
    final: YesNo = False


class Action(Declared):
    from_: Words = Field(alias="from")
    to: str
    by: str  # applicant, system, or a role
    label: str
    confirm: Confirmation | None = None
    needs: tuple[str, ...] = ()  # guards
    effects: tuple[Effect, ...] = ()
    timer: Timer | None = None
    tone: Literal["primary", "secondary", "danger"] = "secondary"
    bulk: YesNo = False
    hidden: YesNo = False  # has a page of its own; no button in the list of actions

    @property
    def asks_reason(self) -> bool:
        return "reason" in self.needs


class Workflow(Declared):
    """States and actions. `without` says why a customary action is missing."""

    code: Key
    title: str
    start: str = "draft"
    states: dict[str, State]
    actions: dict[str, Action]
    without: dict[str, str] = {}
