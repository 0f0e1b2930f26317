"""Reads of groups: memberships in force with a citizen's visit, the lists of who administers, what a member may do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, tuple_

from portal.engine.declare import Agency, Service
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Account, Application, Enrolment, Event, EventText, Membership
from portal.queries import reach
from portal.queries.catalogue import catalogue, get_service
from portal.queries.duties import administered
from portal.queries.reading import read_rows
from portal.queries.regions import known_region_name
from portal.queries.rows import AnyRow

EVERYONE = "everyone"
PAGE = 50
ZONE = "Asia/Jakarta"  # as of duties: memberships begin and end with the day of the capital
ENROLMENT, MEMBER = Enrolment.__table__.c, Membership.__table__.c
# A citizen's memberships come with the enrolments, in one turn of the database: a row for each.
LIST_ENROLMENTS = (
    select(
        ENROLMENT.agency,
        ENROLMENT.state,
        ENROLMENT.assurance,
        MEMBER.code,
        MEMBER.group_key,
        MEMBER.area,
        MEMBER.services,
    )
    .select_from(
        Enrolment.__table__.outerjoin(
            Membership.__table__,
            and_(
                MEMBER.account_id == ENROLMENT.account_id,
                MEMBER.agency == ENROLMENT.agency,
                MEMBER.ended_at.is_(None),
                MEMBER.starts_on <= bindparam("today"),
                MEMBER.ends_on >= bindparam("today"),
            ),
        )
    )
    .where(ENROLMENT.account_id == bindparam("account_id"))
    .order_by(ENROLMENT.agency, ENROLMENT.id, MEMBER.group_key)
)


@dataclass(frozen=True)
class MembershipView:
    """One membership in force, as far as a page of its member needs it."""

    code: str
    agency: str
    group: str
    area: str
    services: frozenset[str]

    @property
    def words(self) -> str:
        """The group and its area, as it stands under the name."""
        place = known_region_name(self.area)
        return " · ".join(part for part in (group_label(self.agency, self.group), place) if part)


def list_enrolments(account_id: int, today: date) -> Sequence[AnyRow]:
    """agency, state and assurance of each enrolment, once for each membership in force (`code`, None without one)."""
    return read_rows(LIST_ENROLMENTS, {"account_id": account_id, "today": today})


def memberships_of(rows: Iterable[AnyRow]) -> tuple[MembershipView, ...]:
    """The memberships that came with some enrolments; those of a group that is declared no more are none."""
    found = {
        row.code: MembershipView(row.code, row.agency, row.group_key, row.area, frozenset(row.services.split()))
        for row in rows
        if row.code is not None and row.group_key in _groups_of(row.agency)
    }
    return tuple(found.values())


def _groups_of(agency: str) -> Collection[str]:
    declared = catalogue().agencies.get(agency)
    return declared.groups if declared else ()


def group_label(agency: str, group: str) -> str:
    """The declared label of a group; its key when it is declared no more."""
    groups = catalogue().agency(agency).groups
    return groups[group].label if group in groups else group


def is_open_to(service: Service, membership: MembershipView | None) -> bool:
    """Whether a person in this mode sees a service: a special one only by granted access (SIN-32)."""
    if EVERYONE in service.audience:
        return True
    return membership is not None and membership.group in service.audience and service.code in membership.services


def get_open_service(agency: str, code: str, membership: MembershipView | None) -> Service:
    """A declared service that is open in this mode; NotFound for every other."""
    service = get_service(agency, code)
    at_home = membership if membership and membership.agency == agency else None
    if not is_open_to(service, at_home):
        raise NotFound("service")
    return service


def special_services(agency: Agency) -> list[Service]:
    """The services that only groups see, by title."""
    found = catalogue().services[agency.code].values()
    return sorted((s for s in found if EVERYONE not in s.audience), key=lambda service: service.title)


def raising(duties: Iterable[reach.Duty]) -> tuple[str, ...]:
    """Agencies whose groups this officer fills: an admin of the whole agency, where it declares groups."""
    scopes = administered(duties)
    return tuple(agency for agency, offices in scopes.items() if not offices and catalogue().agency(agency).groups)


def list_members(
    agency: str, *, today: date, text: str = "", group: str = "", ended: bool = False, after: str = ""
) -> Sequence[AnyRow]:
    """Members of an agency's groups by name; one more than a page holds. ended: those of the past instead.

    text: a part of the person's or the institution's name. after: code of the row where the page before ended.
    """
    place = (func.lower(Account.name), Membership.id)
    is_open = and_(Membership.ended_at.is_(None), Membership.ends_on >= today)
    found = _members().where(Membership.agency == agency, ~is_open if ended else is_open)
    if text:
        low = text.lower()
        names = (func.lower(Account.name), func.lower(Membership.institution))
        found = found.where(or_(*(name.contains(low, autoescape=True) for name in names)))
    if group:
        found = found.where(Membership.group_key == group)
    if after:
        edge = select(*place).join(Account, Account.id == Membership.account_id).where(Membership.code == after)
        if (row := db.session.execute(edge).one_or_none()) is not None:
            found = found.where(tuple_(*place) > tuple_(row[0], row[1]))
    return db.session.execute(found.order_by(*place).limit(PAGE + 1)).all()


def get_member(code: str, agencies: Collection[str]) -> AnyRow:
    """One membership of these agencies, ended or not, with its member; NotFound for every other."""
    row = db.session.execute(_members().where(Membership.code == code)).one_or_none()
    if row is None or row.agency not in agencies:
        raise NotFound("membership")
    return row


def list_member_events(membership_id: int) -> Sequence[AnyRow]:
    """What happened to a membership, newest first, with who did it and what was said."""
    return db.session.execute(
        select(Event.action, Event.at, Account.name.label("actor_name"), EventText.text.label("said"))
        .outerjoin(Account, Account.id == Event.actor_id)
        .outerjoin(EventText, EventText.event_id == Event.id)
        .where(Event.subject_type == "membership", Event.subject_id == membership_id)
        .order_by(Event.seq.desc())
    ).all()


def find_enrolled_by_nik(agency: str, nik: str) -> AnyRow | None:
    """The active applicant of an agency with this NIK, found by its keyed hash."""
    digest = current_app.extensions["vault"].digest("nik", nik)
    found = _enrolled().where(Enrolment.agency == agency, Enrolment.nik_digest == digest)
    return db.session.execute(found.order_by(Enrolment.id).limit(1)).one_or_none()


def get_enrolled(code: str, agencies: Collection[str]) -> AnyRow:
    """The active applicant whom a registration's code names, at these agencies; NotFound for every other."""
    row = db.session.execute(_enrolled().where(Application.code == code)).one_or_none()
    if row is None or row.agency not in agencies:
        raise NotFound("applicant")
    return row


def find_open_membership(account_id: int, agency: str, group: str) -> Membership | None:
    """The membership that was not ended, whatever its days."""
    return db.session.scalar(
        select(Membership).where(
            Membership.account_id == account_id,
            Membership.agency == agency,
            Membership.group_key == group,
            Membership.ended_at.is_(None),
        )
    )


def in_force(at: date) -> ColumnElement[bool]:
    """Whether a Membership counts on a day."""
    return and_(Membership.ended_at.is_(None), Membership.starts_on <= at, Membership.ends_on >= at)


def is_current(starts_on: date, ends_on: date, ended_at: datetime | None, today: date) -> bool:
    """The same of a row that was read."""
    return ended_at is None and starts_on <= today <= ends_on


def _members() -> Select[*tuple[Any, ...]]:
    return select(
        Membership.id,
        Membership.code,
        Membership.account_id,
        Membership.agency,
        Membership.group_key,
        Membership.institution,
        Membership.area,
        Membership.services,
        Membership.starts_on,
        Membership.ends_on,
        Membership.ended_at,
        Account.name,
    ).join(Account, Account.id == Membership.account_id)


def _enrolled() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrolment.account_id,
            Enrolment.agency,
            Enrolment.nik_digest,
            Enrolment.kk_digest,
            Application.id.label("application_id"),
            Application.code,
            Account.name,
        )
        .join(Application, Application.id == Enrolment.application_id)
        .join(Account, Account.id == Enrolment.account_id)
        .where(Enrolment.state == "active")
    )
