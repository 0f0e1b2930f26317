"""Reads of a citizen's own applications: one of them, and the list of all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, Select, and_, case, or_, select
from sqlalchemy.orm import aliased

from portal import clock
from portal.engine.fields import FieldContext
from portal.engine.journey import Journey
from portal.errors import NotFound
from portal.extensions import db
from portal.models import (
    Answers,
    Application,
    Declaration,
    Enrolment,
    RevisionNote,
    StashedForm,
    SupportingDocument,
)
from portal.queries.catalogue import Declared, catalogue, declared_for
from portal.queries.regions import known_region_name

PAGE = 20
STASH_LIFETIME = timedelta(hours=24)  # as in queries.accounts.find_stash


@dataclass(frozen=True)
class OwnApplication:
    """One application of the person who asks, with what every page about it needs."""

    application: Application
    declared: Declared
    profile: dict[str, str]
    newest_declaration_id: int | None
    stash: dict[str, str] | None = None  # typed at this address when a session had ended

    @property
    def state(self) -> Any:
        return self.declared.workflow.states[self.application.state]

    @property
    def is_editable(self) -> bool:
        return self.state.edit != "none"

    @property
    def is_outdated(self) -> bool:
        """A draft that was never sent and pins an older version of its service."""
        return (
            self.application.round == 0
            and self.newest_declaration_id is not None
            and self.newest_declaration_id != self.declared.declaration_id
        )


def get_own_application(code: str, account_id: int | None, path: str = "") -> OwnApplication:
    """The application under its code if it is this account's, else NotFound.

    path: where the person is, to bring back what was typed there before the session ended.
    """
    row = db.session.execute(
        select(Application, Enrolment.profile, Declaration.id, StashedForm.values.label("stash"))
        .outerjoin(
            Enrolment,
            and_(
                Enrolment.account_id == Application.account_id,
                Enrolment.agency == Application.agency,
            ),
        )
        .outerjoin(
            Declaration,
            and_(
                Declaration.agency == Application.agency,
                Declaration.service == Application.service,
                Declaration.is_current,
            ),
        )
        .outerjoin(
            StashedForm,
            and_(
                StashedForm.account_id == Application.account_id,
                StashedForm.path == path,
                StashedForm.created_at > clock.now() - STASH_LIFETIME,
            ),
        )
        .where(
            Application.code == code,
            Application.account_id == account_id,
            Application.kind == "service",
            Application.erased_at.is_(None),
        )
        .limit(1)
    ).first()
    if row is None or account_id is None:
        raise NotFound("application")
    return OwnApplication(row[0], declared_for(row[0]), dict(row[1] or {}), row[2], row[3])


@dataclass(frozen=True)
class Given:
    """What a draft holds so far: its journey, and the version of each saved step."""

    journey: Journey
    versions: Mapping[str, int] = field(default_factory=dict)


def given_of(own: OwnApplication, documents: Collection[str] | None = None) -> Given:
    """The journey of an application, with the versions its forms must carry.

    documents: the keys of what was given, where the caller has read the documents anyway.
    """
    application, declared = own.application, own.declared
    rows = db.session.execute(
        select(Answers.step, Answers.version, Answers.values.label("given")).where(
            Answers.application_id == application.id, Answers.row == ""
        )
    ).all()
    if documents is None:
        documents = _document_keys(application.id)
    journey = Journey(
        service=declared.service,
        answers={row.step: dict(row.given) for row in rows},
        documents=frozenset(documents),
        context=FieldContext(
            today=clock.today(declared.agency.zone), region_name=known_region_name
        ),
        mode=application.mode,
        profile=own.profile,
    )
    return Given(journey, {row.step: row.version for row in rows})


def _document_keys(application_id: int) -> Sequence[str]:
    return db.session.scalars(
        select(SupportingDocument.key).where(
            SupportingDocument.application_id == application_id,
            SupportingDocument.removed_at.is_(None),
        )
    ).all()


def list_flagged(application: Application) -> frozenset[str]:
    """The targets of the notes of this round, as `engine.workflow.may_change` reads them."""
    targets = db.session.scalars(
        select(RevisionNote.target).where(
            RevisionNote.application_id == application.id,
            RevisionNote.round == application.round,
            RevisionNote.returned_at.is_not(None),
        )
    )
    return frozenset("" if target == "all" else target for target in targets)


def list_returned_notes(application: Application) -> Sequence[RevisionNote]:
    """The notes that came back with this round, in the order in which they were written."""
    return db.session.scalars(
        select(RevisionNote)
        .where(
            RevisionNote.application_id == application.id,
            RevisionNote.round == application.round,
            RevisionNote.returned_at.is_not(None),
        )
        .order_by(RevisionNote.id)
    ).all()


def list_open_drafts(account_id: int, agency: str, service: str) -> Sequence[Row[Any]]:
    """Never-sent drafts of one service, newest first; `saved` tells whether anything was typed."""
    saved = select(Answers.id).where(Answers.application_id == Application.id).exists()
    return db.session.execute(
        select(Application.code, saved.label("saved"))
        .where(
            Application.account_id == account_id,
            Application.agency == agency,
            Application.service == service,
            Application.round == 0,
            Application.erased_at.is_(None),
        )
        .order_by(Application.id.desc())
    ).all()


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


def list_own_applications(account_id: int, wanted: Filter) -> ApplicationPage:
    """A page of the account's applications: what waits for the person first, then newest first."""
    backwards = bool(wanted.before)
    cursor = wanted.before or wanted.after
    rank = _rank(Application)
    query = _narrowed(_base(account_id), wanted)
    if cursor:
        query = query.where(_beyond(account_id, cursor, backwards=backwards))
    order = (
        (rank.desc(), Application.id.asc()) if backwards else (rank.asc(), Application.id.desc())
    )
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


def _base(account_id: int) -> Select[Any]:
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


def _narrowed(query: Select[Any], wanted: Filter) -> Select[Any]:
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


def _listed(row: Row[Any]) -> ListedApplication:
    declared = declared_for(row)  # type: ignore[arg-type] - a row has what it reads
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
