"""The person behind a request: account, agency, enrolments and duties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from portal import clock
from portal.engine.workflow import Actor
from portal.queries import accounts as account_queries
from portal.queries.groups import MembershipView, list_enrolments, memberships_of

Audience = Literal["citizen", "officer", "kiosk"]
# Duties begin and end with the day of the capital; an hour or two do not matter to them.
DUTY_ZONE = "Asia/Jakarta"
MODE = "mode"  # in a visit: code of the membership in whose name it acts; a new visit is personal


@dataclass(frozen=True)
class DutyView:
    """One duty of an officer, as far as deciding needs it."""

    agency: str
    office: str
    role: str


@dataclass(frozen=True)
class Viewer:
    """The person behind a request; nobody in particular when `account_id` is None.

    assurance: what the log-in is worth (engine.assurance). enrolments: agencies that it opens; closed:
    those that ask for a log-in of more worth, with the agency's own name and password. memberships: the groups
    into which one was raised, at agencies that the log-in opens.
    """

    audience: Audience
    account_id: int | None = None
    name: str = ""
    visit_id: int | None = None
    agency: str = ""
    assurance: int = 0
    enrolments: frozenset[str] = frozenset()
    closed: tuple[str, ...] = ()
    ends_at: datetime | None = None  # when the session ends if nothing more is asked for
    duties: tuple[DutyView, ...] = field(default=())
    memberships: tuple[MembershipView, ...] = ()
    membership: MembershipView | None = None  # the one in whose name this visit acts now; None is personal

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
    def seconds_left(self) -> int:
        """Until the session ends by itself."""
        return max(0, int((self.ends_at - clock.now()).total_seconds())) if self.ends_at else 0

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def mode(self) -> str:
        """What stands under the name of a raised applicant (SIN-29); "" for everybody else."""
        if self.membership is not None:
            return self.membership.words
        return "Pemohon" if self.memberships else ""

    def membership_at(self, agency: str) -> MembershipView | None:
        """The membership in whose name one acts now, if it is one at this agency."""
        return self.membership if self.membership and self.membership.agency == agency else None

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


def find_visit(digest: str, audience: Audience) -> tuple[Any, tuple[DutyView, ...]] | None:
    """The stored visit, and the duties that its officer has today."""
    if audience != "officer":
        visit = account_queries.find_visit(digest, audience)
        return (visit, ()) if visit is not None else None
    rows = account_queries.find_officers_visit(digest, clock.today(DUTY_ZONE))
    if not rows:
        return None
    return rows[0], tuple(DutyView(row.duty_agency, row.duty_office, row.role) for row in rows if row.role is not None)


def viewer_of(visit: Any, duties: tuple[DutyView, ...], ends_at: datetime | None = None) -> Viewer:
    """The viewer of a stored visit, with one more query at most. ends_at: when it is prolonged by this very request."""
    if visit.account_id is None:
        return Viewer(visit.audience)
    opened: frozenset[str] = frozenset()
    closed: tuple[str, ...] = ()
    memberships: tuple[MembershipView, ...] = ()
    if visit.audience != "officer":
        enrolments = list_enrolments(visit.account_id, clock.today(DUTY_ZONE))
        active = [row for row in enrolments if row.state == "active"]
        if _is_blocked(visit.agency, enrolments):
            return Viewer(visit.audience)
        opened = frozenset(row.agency for row in active if row.assurance <= visit.assurance)
        closed = tuple(dict.fromkeys(row.agency for row in active if row.agency not in opened))
        memberships = memberships_of(row for row in active if row.agency in opened)
    return Viewer(
        audience=visit.audience,
        account_id=visit.account_id,
        name=visit.name,
        visit_id=visit.id,
        agency=visit.agency,
        assurance=visit.assurance,
        enrolments=opened,
        closed=closed,
        ends_at=ends_at or visit.expires_at,
        duties=duties,
        memberships=memberships,
        membership=next((one for one in memberships if one.code == visit.data.get(MODE)), None),
    )


def _is_blocked(agency: str, enrolments: Sequence[Any]) -> bool:
    """Whether the agency by whose rule one logged in has closed all that it once opened: the visit ends with it."""
    states = {row.state for row in enrolments if row.agency == agency}
    return states == {"blocked"}
