"""Reads of applications made for somebody else: under which membership, what the person agreed to or disputes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, not_, select

from portal import clock
from portal.engine.declare import Consent, Service
from portal.engine.journey import PERSONAL
from portal.extensions import db
from portal.models import Account, Application, Enrolment, Membership, Representation
from portal.queries.catalogue import catalogue, get_agency
from portal.queries.groups import ZONE, group_label, is_current
from portal.queries.rows import AnyRow


@dataclass(frozen=True)
class Standing:
    """In whose name an application is made. group, area: "" and in force for one's own."""

    is_in_force: bool = True
    group: str = ""
    area: str = ""
    institution: str = ""
    is_own: bool = True  # the person whom it is about is the applicant
    disputed_at: object = None
    cleared_at: object = None

    @property
    def is_disputed(self) -> bool:
        return self.disputed_at is not None and self.cleared_at is None


OWN_NAME = Standing()


# What `read_standing` needs of a Representation, its Membership, and the Enrolment of who applies.
STANDING = (
    Membership.group_key,
    Membership.area,
    Membership.institution,
    Membership.starts_on,
    Membership.ends_on,
    Membership.ended_at,
    Representation.disputed_at,
    Representation.cleared_at,
    Enrolment.nik_digest,
)


def standing_of(application: Application) -> Standing:
    """The membership behind an application and what was said about it; applications in the own name cost no query."""
    if application.mode == PERSONAL:
        return OWN_NAME
    row = db.session.execute(
        select(*STANDING)
        .select_from(Representation)
        .join(Membership, Membership.id == Representation.membership_id)
        .outerjoin(
            Enrolment, and_(Enrolment.account_id == Membership.account_id, Enrolment.agency == Membership.agency)
        )
        .where(Representation.application_id == application.id)
        .limit(1)
    ).first()
    return read_standing(application, row)


def read_standing(application: Application, row: AnyRow | None) -> Standing:
    """The same of a row that holds STANDING."""
    if application.mode == PERSONAL:
        return OWN_NAME
    if row is None or row.group_key is None:
        return Standing(is_in_force=False, is_own=False)  # in a group's name, and nobody knows which
    return Standing(
        is_in_force=is_current(row.starts_on, row.ends_on, row.ended_at, clock.today(ZONE)),
        group=row.group_key,
        area=row.area,
        institution=row.institution,
        is_own=row.nik_digest is not None and row.nik_digest == application.subject_digest,
        disputed_at=row.disputed_at,
        cleared_at=row.cleared_at,
    )


def consent_for_other(application: Application, standing: Standing) -> tuple[str, Consent] | None:
    """(key, text) of what a member declares about the person; None for one's own, where nobody else is asked."""
    agency = get_agency(application.agency)
    group = agency.groups.get(standing.group)
    if standing.is_own or group is None:
        return None
    return group.consent, agency.consents[group.consent]


def is_subject_outsider() -> ColumnElement[bool]:
    """The same of an Application's stored subject, beside its applicant's Enrolment: a column of the query."""
    known, family = Enrolment.__table__.alias("known").c, Enrolment.__table__.alias("family").c

    def same(row: Any) -> Any:
        return and_(row.agency == Application.agency, row.nik_digest == Application.subject_digest)

    elsewhere = exists(select(known.id).where(same(known), known.kk_digest != Enrolment.kk_digest))
    at_home = exists(select(family.id).where(same(family), family.kk_digest == Enrolment.kk_digest))
    return and_(elsewhere, not_(at_home))


def family_judge(agency: str, kk_digest: str | None, known: Mapping[str, bool] | None = None) -> Callable[[str], bool]:
    """Whether a NIK is known to belong to another Kartu Keluarga than this one (SIN-30).

    Known is what the agency approved: an enrolment. Nothing is asked twice, and nothing for nobody's family.
    known: keyed hash of a NIK -> what was read already.
    """
    told = known or {}

    @lru_cache(maxsize=8)
    def is_outsider(nik: str) -> bool:
        if not kk_digest or not nik:
            return False
        digest = current_app.extensions["vault"].digest("nik", nik)
        if digest in told:
            return told[digest]
        families = db.session.scalars(
            select(Enrolment.kk_digest).where(
                Enrolment.agency == agency, Enrolment.nik_digest == digest, Enrolment.kk_digest.is_not(None)
            )
        ).all()
        return bool(families) and kk_digest not in families

    return is_outsider


def find_applied_for(application: Application) -> AnyRow | None:
    """Who applied under which membership, for who decides; None for an application in the own name."""
    if application.mode == PERSONAL:
        return None
    return db.session.execute(
        select(
            Membership.agency,
            Membership.group_key,
            Membership.institution,
            Representation.consent,
            Representation.told_at,
            Representation.disputed_at,
            Representation.cleared_at,
            Account.name,
        )
        .select_from(Representation)
        .join(Membership, Membership.id == Representation.membership_id)
        .join(Account, Account.id == Membership.account_id)
        .where(Representation.application_id == application.id)
    ).one_or_none()


def behalf_words(row: AnyRow) -> str:
    """`Bidan, Puskesmas Kajen: SITI AMINAH`."""
    return f"{group_label(row.agency, row.group_key)}, {row.institution}: {row.name}"


def phone_of_person(service: Service, answers: Mapping[str, Mapping[str, str]]) -> str:
    """The citizen's number in the answers; "" where the form asks for none."""
    key = service.contacts.get("phone", "")
    return next((given[key] for given in answers.values() if key and given.get(key)), "")


def supervising(roles: Collection[str], agency: str) -> bool:
    """Whether one of these roles of the agency supervises, and so clears what a person disputes."""
    declared = catalogue().agency(agency).roles
    return any(declared[role].supervises for role in roles if role in declared)
