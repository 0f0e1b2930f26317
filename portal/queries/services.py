"""Services as visitors see them: what there is, whether it is open, what it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal import clock
from portal.engine.calendars import DAY_NAMES, WEEKDAYS, Hours, hours_text
from portal.engine.declare import Agency, Service
from portal.engine.rules import Availability, may_start
from portal.extensions import db
from portal.models import Application, Holiday
from portal.queries.catalogue import catalogue, pinned
from portal.queries.groups import MembershipView, is_open_to
from portal.queries.places import known_holidays, list_where_kept
from portal.queries.rows import AnyRow


@dataclass(frozen=True)
class Limits:
    """What limits the start of new applications besides the declared hours."""

    closures: frozenset[date]
    are_lifted: bool

    @classmethod
    def of(cls, agency: Agency) -> Limits:
        """Holidays, and whether an admin has lifted the limits for now."""
        return cls.of_all([agency])[agency.code]

    @classmethod
    def of_all(cls, agencies: Sequence[Agency]) -> dict[str, Limits]:
        """By agency; as many queries for ten agencies as for one."""
        lifted = list_where_kept("limits", "lifted")
        days = known_holidays().days
        return {agency.code: cls(days, agency.code in lifted) for agency in agencies}


@dataclass(frozen=True)
class ServiceView:
    """One service on a card: where it is, and why it cannot be started now."""

    code: str
    title: str
    group: str
    summary: str
    href: str
    closed: str | None  # a sentence, None while open
    icon: str = "file"

    @property
    def note(self) -> str:
        """What the card says below the title."""
        return self.summary


@dataclass(frozen=True)
class AgencyCard:
    """One agency on the front page."""

    agency: Agency
    services: tuple[ServiceView, ...]
    hours_text: str


def list_agencies(membership: MembershipView | None = None) -> list[AgencyCard]:
    """Every declared agency with the services that are open in a mode, by name."""
    agencies = sorted(catalogue().agencies.values(), key=lambda a: a.name)
    started, limits = _started_today(agencies), Limits.of_all(agencies)
    return [
        AgencyCard(
            agency,
            tuple(_views(agency, limits[agency.code], started, membership)),
            hours_text(agency.hours, agency.zone),
        )
        for agency in agencies
    ]


def list_services(agency: Agency, membership: MembershipView | None = None) -> list[ServiceView]:
    """The services of an agency that are open in a mode, in declared groups, each with its availability now."""
    return _views(agency, Limits.of(agency), _started_today([agency]), membership)


def _views(
    agency: Agency, limits: Limits, started: dict[tuple[str, str], int], membership: MembershipView | None
) -> list[ServiceView]:
    at_home = membership if membership and membership.agency == agency.code else None
    declared = catalogue().services[agency.code].values()
    services = [s for s in declared if s.kind == "service" and is_open_to(s, at_home)]
    views = [_view(agency, s, limits, started.get((agency.code, s.code), 0)) for s in services]
    return sorted(views, key=lambda view: (view.group, view.title))


def availability_of(agency: Agency, service: Service) -> Availability:
    """Whether a new application may be started now (SIN-45, SIN-47)."""
    started = _started_today([agency]).get((agency.code, service.code), 0)
    return _judge(agency, service, Limits.of(agency), started)


@dataclass(frozen=True)
class TaskView:
    """Something that waits for the person who asks, as a line of a task list."""

    label: str
    href: str
    tone: str
    state: str
    note: str


def list_waiting(account_id: int) -> list[TaskView]:
    """Drafts and applications that want this person's hand, newest first, at most five."""
    rows = db.session.execute(
        select(
            Application.code,
            Application.state,
            Application.subject_name,
            Application.declaration_id,
        )
        .where(
            Application.account_id == account_id,
            Application.erased_at.is_(None),
            Application.kind == "service",
        )
        .order_by(Application.id.desc())
        .limit(20)
    )
    return [task for row in rows if (task := _task(row))][:5]


def _task(row: AnyRow) -> TaskView | None:
    service, workflow = pinned(row.declaration_id)
    state = workflow.states[row.state]
    if state.waits != "applicant":
        return None
    label = f"{service.title}: {row.subject_name or row.code}"
    return TaskView(label, f"/permohonan/{row.code}", state.tone, state.citizen, state.means)


@dataclass(frozen=True)
class Weekday:
    """One day of the opening hours."""

    name: str
    hours: str
    is_today: bool


def list_week(agency: Agency) -> list[Weekday]:
    """The opening hours, Monday first."""
    today = clock.today(agency.zone).weekday()
    hours: Hours = agency.hours
    return [Weekday(DAY_NAMES[number], hours.get(key, "tutup"), number == today) for number, key in enumerate(WEEKDAYS)]


def list_coming_holidays(agency: Agency) -> Sequence[AnyRow]:
    """The next days on which the offices are closed."""
    today = clock.today(agency.zone)
    return db.session.execute(
        select(Holiday.day, Holiday.name).where(Holiday.day >= today).order_by(Holiday.day).limit(8)
    ).all()


def _view(agency: Agency, service: Service, limits: Limits, started: int) -> ServiceView:
    found = _judge(agency, service, limits, started)
    return ServiceView(
        code=service.code,
        title=service.title,
        group=service.group,
        summary=service.summary,
        href=f"/layanan/{agency.code}/{service.code}",
        closed=None if found.open else found.reason,
    )


def _judge(agency: Agency, service: Service, limits: Limits, started: int) -> Availability:
    at = clock.now().astimezone(ZoneInfo(agency.zone))
    return may_start(
        service,
        agency.hours,
        limits.closures,
        started,
        at,
        zone=agency.zone,
        lifted=limits.are_lifted,
    )


def _started_today(agencies: Sequence[Agency]) -> dict[tuple[str, str], int]:
    """(agency, service) -> applications started since the midnight of its offices."""
    rows = db.session.execute(
        select(Application.agency, Application.service, func.count())
        .where(or_(*(_is_of_today(agency) for agency in agencies)))
        .group_by(Application.agency, Application.service)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _is_of_today(agency: Agency) -> ColumnElement[bool]:
    zone = ZoneInfo(agency.zone)
    midnight = datetime.combine(clock.today(zone), time(), zone)
    return and_(
        Application.agency == agency.code,
        Application.created_at >= midnight,
        Application.created_at < midnight + timedelta(days=1),
    )
