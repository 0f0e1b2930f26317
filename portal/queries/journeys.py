"""The journey of one application: its declaration, answers, documents and account together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import select

from portal.engine.journey import Journey
from portal.extensions import db
from portal.models import Application, Enrolment, SupportingDocument
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared
from portal.queries.judging import field_context
from portal.queries.representations import family_judge, standing_of
from portal.queries.rows import AnyRow


def journey_of(
    application: Application,
    declared: Declared,
    *,
    answers: Mapping[str, Mapping[str, str]] | None = None,
    documents: Collection[str] | None = None,
) -> Journey:
    """Where an application stands on its way through the steps of its pinned service.

    answers, documents: the values by step and the keys of the given papers, where they were read already.
    """
    standing = standing_of(application)
    enrolment = enrolment_of(application.account_id, application.agency)
    return Journey(
        service=declared.service,
        answers=answers_of(application.id) if answers is None else answers,
        documents=frozenset(_given_keys(application.id) if documents is None else documents),
        context=field_context(declared.agency),
        mode=application.mode,
        profile=dict(enrolment.profile) if enrolment else {},
        is_outsider=outsider_judge_of(application, enrolment.kk_digest if enrolment else None),
        area=standing.area,
    )


def _given_keys(application_id: int) -> Collection[str]:
    return db.session.scalars(
        select(SupportingDocument.key).where(
            SupportingDocument.application_id == application_id, SupportingDocument.removed_at.is_(None)
        )
    ).all()


def profile_of(account_id: int | None, agency: str) -> dict[str, str]:
    """What an enrolment knows of its account: the values that fill and lock fields."""
    found = enrolment_of(account_id, agency)
    return dict(found.profile) if found else {}


def enrolment_of(account_id: int | None, agency: str) -> AnyRow | None:
    """The profile and kk_digest of what the agency keeps of an account."""
    if account_id is None:
        return None
    return db.session.execute(
        select(Enrolment.profile, Enrolment.kk_digest)
        .where(Enrolment.account_id == account_id, Enrolment.agency == agency)
        .limit(1)
    ).first()


def outsider_judge_of(
    application: Application, kk_digest: str | None, known: Mapping[str, bool] | None = None
) -> Callable[[str], bool]:
    """Whose NIK is known to be of another family than the applicant's; of a registration nobody's is."""
    return family_judge(application.agency, kk_digest if application.kind == "service" else None, known)
