"""Which registrations an officer may write at the counter for somebody who stands there (SIN-20)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.engine.declare import Action
from portal.engine.workflow import Actor, actions_open
from portal.errors import NotFound
from portal.queries.catalogue import catalogue
from portal.queries.reach import Duty, Reach, reach_of
from portal.queries.registrations import RegistrationForm, get_registration_form


@dataclass(frozen=True)
class Entry:
    """A registration that an officer may begin: its form, the act that ends the writing, and where."""

    form: RegistrationForm
    action_key: str
    action: Action
    office: str
    roles: frozenset[str]


def list_entries(duties: Iterable[Duty]) -> list[Entry]:
    """Every registration whose workflow lets one of the officer's roles act from its first state."""
    duties = list(duties)
    found = (_entry(one, duties) for one in reach_of(duties, catalogue(), ("registration",)))
    return [entry for entry in found if entry is not None]


def get_entry(agency: str, duties: Iterable[Duty]) -> Entry:
    """The one of an agency; NotFound where the officer has no such duty."""
    for entry in list_entries(duties):
        if entry.form.agency.code == agency:
            return entry
    raise NotFound("registration")


def _entry(one: Reach, duties: list[Duty]) -> Entry | None:
    acts = actions_open(one.workflow, one.workflow.start, Actor("officer", None, one.roles))
    if not acts:
        return None
    key, action = acts[0]
    offices = sorted(duty.office for duty in duties if duty.agency == one.agency and duty.role == action.by)
    # "" sorts first: who serves the whole agency writes for the whole agency.
    return Entry(get_registration_form(one.agency), key, action, offices[0], one.roles)
