"""The list of a citizen's own applications: narrowed, in keyset pages, what waits for the person first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Application
from portal.queries.catalogue import catalogue, declared_for

PAGE = 20


@dataclass(frozen=True)
class Filter:
    """What the list of applications is narrowed to (SIN-71); empty means everything."""

    service: str = ""  # agency/service
    state: str = ""
    code: str = ""
    subject: str = ""  # keyed hash of a NIK, which itself never stands in an address
    name: str = ""
    after: str = ""  # code of the last row of the page before
    before: str = ""  # code of the first row of the page behind


@dataclass(frozen=True)
class ListedApplication:
    """One row of the list, in finished words."""

    code: str
    service: str
    name: str
    state: str
    tone: str
    waits_for_me: bool
    sent_at: Any
    zone: str
    can_erase: bool


@dataclass(frozen=True)
class ApplicationPage:
    """One page of the list, and the codes from which its neighbours begin."""

    rows: list[ListedApplication]
    before: str | None
    after: str | None


def list_own_applications(account_id: int, wanted: Filter, agencies: Collection[str]) -> ApplicationPage:
    """A page of the account's applications: what waits for the person first, then newest first.

    agencies: whose enrolment the log-in opens; nothing of the others is told.
    """
    backwards = bool(wanted.before)
    cursor = wanted.before or wanted.after
    rank = _rank(Application)
    query = _narrowed(_base(account_id), wanted).where(Application.agency.in_(sorted(agencies)))
    if cursor:
        query = query.where(_beyond(account_id, cursor, backwards=backwards))
    order = (rank.desc(), Application.id.asc()) if backwards else (rank.asc(), Application.id.desc())
    found = db.session.execute(query.order_by(*order).limit(PAGE + 1)).all()
    more, rows = len(found) > PAGE, list(found[:PAGE])
    if backwards:
        rows.reverse()
    listed = [_listed(row) for row in rows]
    has_before, has_after = (more, True) if backwards else (bool(cursor), more)
    return ApplicationPage(
        rows=listed,
        before=listed[0].code if listed and has_before else None,
        after=listed[-1].code if listed and has_after else None,
    )


def _base(account_id: int) -> Any:
    return select(
        Application.code,
        Application.agency,
        Application.service,
        Application.declaration_id,
        Application.state,
        Application.subject_name,
        Application.sent_at,
        Application.round,
    ).where(
        Application.account_id == account_id,
        Application.kind == "service",
        Application.erased_at.is_(None),
    )


def _narrowed(query: Any, wanted: Filter) -> Any:
    if wanted.service:
        agency, _, service = wanted.service.partition("/")
        query = query.where(Application.agency == agency, Application.service == service)
    if wanted.state:
        query = query.where(Application.state == wanted.state)
    if wanted.code:
        query = query.where(Application.code.startswith(wanted.code.upper(), autoescape=True))
    if wanted.subject:
        query = query.where(Application.subject_digest == wanted.subject)
    if wanted.name:
        query = query.where(Application.subject_name.icontains(wanted.name, autoescape=True))
    return query


def _rank(table: Any) -> Any:
    """0 for states that wait for the applicant in any workflow of the catalogue, else 1."""
    return case((table.state.in_(waiting_states()), 0), else_=1)


def waiting_states() -> list[str]:
    """States in which the applicant is the one to move."""
    workflows = [w for of_agency in catalogue().workflows.values() for w in of_agency.values()]
    return sorted({key for w in workflows for key, s in w.states.items() if s.waits == "applicant"})


def _beyond(account_id: int, code: str, *, backwards: bool) -> Any:
    """Rows behind (or before) the one with that code, which must be the account's own."""
    mark = aliased(Application)
    mine = (mark.code == code, mark.account_id == account_id)
    at_rank = select(_rank(mark)).where(*mine).scalar_subquery()
    at_id = select(mark.id).where(*mine).scalar_subquery()
    rank = _rank(Application)
    if backwards:
        return or_(rank < at_rank, and_(rank == at_rank, Application.id > at_id))
    return or_(rank > at_rank, and_(rank == at_rank, Application.id < at_id))


def _listed(row: Any) -> ListedApplication:
    declared = declared_for(row)
    state = declared.workflow.states[row.state]
    return ListedApplication(
        code=row.code,
        service=declared.service.title,
        name=row.subject_name,
        state=state.citizen,
        tone=state.tone,
        waits_for_me=state.waits == "applicant",
        sent_at=row.sent_at,
        zone=declared.agency.zone,
        can_erase=row.round == 0,
    )


def subject_of_nik(nik: str) -> str:
    """The keyed hash under which applications about a NIK are found; "" for no NIK."""
    digest: str = current_app.extensions["vault"].digest("nik", nik) if nik else ""
    return digest


def filter_choices(enrolments: frozenset[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(agency/service, title) and (state, label) of what the person may have applied for."""
    services, states = [], {}
    for agency in sorted(enrolments):
        for service in catalogue().services.get(agency, {}).values():
            if service.kind != "service":
                continue
            services.append((f"{agency}/{service.code}", service.title))
            workflow = catalogue().workflow(agency, service.workflow)
            states.update({key: state.citizen for key, state in workflow.states.items()})
    return sorted(services, key=lambda pair: pair[1]), list(states.items())
