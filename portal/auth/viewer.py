"""The person behind a request: account, agency, enrolments and duties."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from portal import clock
from portal.engine.workflow import Actor
from portal.queries import accounts as account_queries

Audience = Literal["citizen", "officer", "kiosk"]
# Duties begin and end with the day of the capital; an hour or two do not matter to them.
DUTY_ZONE = "Asia/Jakarta"


@dataclass(frozen=True)
class DutyView:
    """One duty of an officer, as far as deciding needs it."""

    agency: str
    office: str
    role: str


@dataclass(frozen=True)
class Viewer:
    """The person behind a request; nobody in particular when `account_id` is None."""

    audience: Audience
    account_id: int | None = None
    name: str = ""
    visit_id: int | None = None
    agency: str = ""
    enrolments: frozenset[str] = frozenset()
    duties: tuple[DutyView, ...] = field(default=())

    # Flask-Login's protocol.
    @property
    def is_authenticated(self) -> bool:
        return self.account_id is not None

    is_logged_in = is_authenticated
    is_active = is_authenticated

    @property
    def is_anonymous(self) -> bool:
        return self.account_id is None

    def get_id(self) -> str:
        return str(self.account_id)

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    def agencies(self) -> tuple[str, ...]:
        """Where this officer has a duty."""
        return tuple(dict.fromkeys(duty.agency for duty in self.duties))

    def roles_at(self, agency: str) -> frozenset[str]:
        return frozenset(duty.role for duty in self.duties if duty.agency == agency)

    def actor(self, agency: str) -> Actor:
        """This viewer as the engine sees one who acts at an agency."""
        if self.audience == "officer":
            return Actor("officer", self.account_id, self.roles_at(agency))
        return Actor("applicant", self.account_id, frozenset())


def audience_of(path: str) -> Audience:
    """Officers, kiosks and citizens have a cookie each; the path says which one counts."""
    if path == "/petugas" or path.startswith("/petugas/"):
        return "officer"
    if path == "/kios" or path.startswith("/kios/"):
        return "kiosk"
    return "citizen"


def viewer_of(visit: Any) -> Viewer:
    """The viewer of a stored visit, with two queries at most."""
    if visit.account_id is None:
        return Viewer(visit.audience)
    duties: tuple[DutyView, ...] = ()
    enrolments: frozenset[str] = frozenset()
    if visit.audience == "officer":
        rows = account_queries.list_duties(visit.account_id, clock.today(DUTY_ZONE))
        duties = tuple(DutyView(row.agency, row.office, row.role) for row in rows)
    else:
        enrolments = frozenset(account_queries.list_enrolled_agencies(visit.account_id))
    return Viewer(
        audience=visit.audience,
        account_id=visit.account_id,
        name=visit.name,
        visit_id=visit.id,
        agency=visit.agency,
        enrolments=enrolments,
        duties=duties,
    )
