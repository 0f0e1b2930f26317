"""How far an officer's duties reach: which services of which agency, at which offices, in which roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.engine.declare import Catalogue, Service, Workflow
from portal.models import Application
from portal.queries.catalogue import catalogue as declared_catalogue


class Duty(Protocol):
    """A duty as far as reading needs it; office "" means the whole agency."""

    @property
    def agency(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class Reach:
    """One service that may be read, at these offices (empty: at all), and the roles held for it."""

    agency: str
    service: Service
    workflow: Workflow
    offices: frozenset[str]
    roles: frozenset[str]

    def covers(self, application: Application) -> bool:
        return (
            application.agency == self.agency
            and application.service == self.service.code
            and (not self.offices or application.office in self.offices)
        )

    def states(self) -> list[str]:
        """The states an officer sees: everything but the applicant's own desk."""
        return [key for key in self.workflow.states if key != self.workflow.start]

    def waiting(self) -> list[str]:
        """The states that wait for one of the roles held."""
        return [key for key in self.states() if self.workflow.states[key].waits in self.roles]


def reach_of(
    duties: Iterable[Duty], catalogue: Catalogue, kinds: Sequence[str] = ("service", "registration")
) -> list[Reach]:
    """Every service that the duties open, each once.

    A role reads the services in whose workflow it acts or is waited for; a role that is declared
    as supervising reads all services of its agency.
    """
    duties = list(duties)
    found = []
    for agency in dict.fromkeys(duty.agency for duty in duties if duty.agency in catalogue.agencies):
        for service in catalogue.services[agency].values():
            workflow = catalogue.workflow(agency, service.workflow)
            reading = [duty for duty in duties if duty.agency == agency and _reads(catalogue, workflow, duty)]
            if not reading or service.kind not in kinds:
                continue
            found.append(
                Reach(
                    agency=agency,
                    service=service,
                    workflow=workflow,
                    offices=offices_covered(catalogue, agency, (duty.office for duty in reading)),
                    roles=frozenset(duty.role for duty in reading),
                )
            )
    return found


def roles_for(duties: Iterable[Duty], application: Application) -> frozenset[str]:
    """The roles held at the application's agency and office, or at an office above it."""
    return roles_at(duties, application.agency, application.office)


def roles_at(duties: Iterable[Duty], agency: str, office: str) -> frozenset[str]:
    """The roles held there, or at an office above it."""
    covering = offices_above(declared_catalogue(), agency, office)
    return frozenset(duty.role for duty in duties if duty.agency == agency and duty.office in covering)


def offices_covered(catalogue: Catalogue, agency: str, offices: Iterable[str]) -> frozenset[str]:
    """These offices with all that lie below them (KAR-50); none is every office of the agency.

    An office duty covers the offices below; one at the head office, or for "", covers all.
    """
    covered = set(offices)
    if "" in covered or _head_of(catalogue, agency) in covered:
        return frozenset()
    declared = catalogue.offices.get(agency, ())
    while below := {office.code for office in declared if office.parent in covered} - covered:
        covered |= below
    return frozenset(covered)


def offices_above(catalogue: Catalogue, agency: str, office: str) -> frozenset[str]:
    """The offices at which a duty covers this one: itself, those above it, the head office, and "" for all."""
    parents = {one.code: one.parent for one in catalogue.offices.get(agency, ())}
    found = {"", office}
    while (office := parents.get(office, "")) and office not in found:
        found.add(office)
    head = _head_of(catalogue, agency)
    return frozenset(found | {head}) if head else frozenset(found)


def _head_of(catalogue: Catalogue, agency: str) -> str:
    """The head office of an agency; "" where none is declared, which is no office's code."""
    return catalogue.agency(agency).head_office if agency in catalogue.agencies else ""


def _reads(catalogue: Catalogue, workflow: Workflow, duty: Duty) -> bool:
    role = catalogue.agency(duty.agency).roles.get(duty.role)
    return role is not None and (
        role.supervises
        or any(action.by == duty.role for action in workflow.actions.values())
        or any(state.waits == duty.role for state in workflow.states.values())
    )
