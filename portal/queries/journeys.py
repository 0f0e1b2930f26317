"""The journey of one application: its declaration, answers, documents and account together."""

from __future__ import annotations

from sqlalchemy import select

from portal.engine.journey import Journey
from portal.extensions import db
from portal.models import Application, Enrolment, SupportingDocument
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared
from portal.queries.judging import field_context


def journey_of(application: Application, declared: Declared) -> Journey:
    """Where an application stands on its way through the steps of its pinned service."""
    return Journey(
        service=declared.service,
        answers=answers_of(application.id),
        documents=frozenset(
            db.session.scalars(
                select(SupportingDocument.key).where(
                    SupportingDocument.application_id == application.id,
                    SupportingDocument.removed_at.is_(None),
                )
            )
        ),
        context=field_context(declared.agency),
        mode=application.mode,
        profile=profile_of(application.account_id, application.agency),
    )


def profile_of(account_id: int | None, agency: str) -> dict[str, str]:
    """What an enrolment knows of its account: the values that fill and lock fields."""
    if account_id is None:
        return {}
    found = db.session.scalar(
        select(Enrolment.profile).where(Enrolment.account_id == account_id, Enrolment.agency == agency)
    )
    return dict(found or {})
