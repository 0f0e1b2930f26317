"""Who else registered with the same numbers or the same mailbox, found by keyed marks and not by the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import or_, select

from portal.engine.declare import Service, Workflow
from portal.engine.fields import none_key
from portal.extensions import db
from portal.models import Application, Enrolment, Facet
from portal.queries.catalogue import pinned

NUMBERS, MAILBOX = "mark-numbers", "mark-mailbox"  # keys under which marks lie beside the facets
MARK = 60


@dataclass(frozen=True)
class Clash:
    """Another registration with the same mark; `is_approved`: an officer or a link has proven it."""

    application: Application
    is_approved: bool


def marks_of(service: Service, values: dict[str, str]) -> dict[str, str]:
    """By key, the keyed hashes under which the same numbers or mailbox are found again."""
    rules = service.registration
    if rules is None:
        return {}
    vault = current_app.extensions["vault"]
    found = {}
    numbers = [values.get(key, "").casefold() for key in rules.unique]
    if any(numbers):
        found[NUMBERS] = vault.digest("mark", "\x1f".join(numbers))[:MARK]
    if mailbox := values.get(rules.email, "").casefold():
        found[MAILBOX] = vault.digest("mark", mailbox)[:MARK]
    return found


def has_no_mailbox(service: Service, values: dict[str, str]) -> bool:
    """Whether *Tidak punya* was ticked beside the e-mail."""
    rules = service.registration
    return bool(rules and values.get(none_key(rules.email)))


def live_states(service: Service, workflow: Workflow) -> set[str]:
    """States in which a registration stands in the way of another: it waits for an officer, or was approved.

    One that only waits for a link in a mail proves nothing and holds nothing (design §4).
    """
    rules = service.registration
    again = workflow.actions.get("resubmit")
    refused = set(again.from_) if again else set()
    return {
        key
        for key, state in workflow.states.items()
        if key != workflow.start
        and key not in refused
        and not (state.final and state.tone == "bad")
        and not (rules is not None and rules.proof == "email" and state.waits == "applicant")
    }


def list_clashes(
    agency: str, mark: tuple[str, str], *, account_id: int | None, office: str | None = None
) -> Sequence[Clash]:
    """Living registrations of other accounts with a mark (key, value), oldest first; office: only there."""
    statement = (
        select(Application, Enrolment.id.label("enrolled"))
        .join(Facet, Facet.application_id == Application.id)
        .outerjoin(Enrolment, Enrolment.application_id == Application.id)
        .where(
            Facet.key == mark[0],
            Facet.value == mark[1],
            Application.agency == agency,
            Application.kind == "registration",
            Application.erased_at.is_(None),
            or_(Application.account_id.is_(None), Application.account_id != account_id),
        )
        .order_by(Application.id)
    )
    if office is not None:
        statement = statement.where(Application.office == office)
    found = []
    for row in db.session.execute(statement):
        service, workflow = pinned(row.Application.declaration_id)
        if row.Application.state in live_states(service, workflow):
            is_approved = row.enrolled is not None or row.Application.state in _approved_states(workflow)
            found.append(Clash(row.Application, is_approved))
    return found


def _approved_states(workflow: Workflow) -> set[str]:
    """Where an action that enrols leads."""
    return {action.to for action in workflow.actions.values() if any(e.name == "enrol" for e in action.effects)}
