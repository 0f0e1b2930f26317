"""Facts: everything a guard may ask about a subject, read once behind the lock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal import clock
from portal.engine.declare import ReviewStep, Service
from portal.engine.workflow import Actor, Facts
from portal.models import Application
from portal.queries import facts as fact_queries
from portal.queries.catalogue import Declared
from portal.queries.journeys import journey_of
from portal.queries.officers import is_own_case
from portal.queries.representations import Standing, consent_for_other, standing_of

if TYPE_CHECKING:
    from portal.operations.perform import Payload

PERSON_CONSENT = "person_consent"  # in the payload of a sending: version of what is declared about that person


def gather_facts(
    application: Application, declared: Declared, action_key: str, actor: Actor, payload: Payload
) -> Facts:
    """The frozen facts of one subject for one actor at this moment.

    What only some actions ask about (is everything given?) is read only for those.
    """
    action = declared.workflow.actions.get(action_key)
    needs = frozenset(action.needs) if action else frozenset()
    notes = fact_queries.count_notes(application.id)
    paper = fact_queries.find_paper_facts(application.id)
    standing = standing_of(application)
    is_officer = actor.kind == "officer" and actor.account_id is not None
    return Facts(
        state=application.state,
        version=application.version,
        missing=tuple(journey_of(application, declared).missing()) if "complete" in needs else (),
        consent_version=payload.consent_version,
        consent_asked=_consent_asked(declared, declared.service),
        open_notes=notes.drafted if actor.kind == "officer" else notes.unanswered,
        answered=notes.unanswered == 0,
        reason=payload.reason,
        phone_proven="phone_proven" in needs and fact_queries.is_phone_proven(application, declared),
        email_proven="email_proven" in needs
        and (payload.challenge_passed or fact_queries.is_mailbox_proven(application, declared)),
        account_exists=bool({"account_exists", "no_account"} & needs)
        and fact_queries.has_proven_name(application.account_id, application.agency),
        document_signed=paper.signed_at is not None,
        downloaded=paper.downloaded,
        challenge_passed=payload.challenge_passed,
        own_case=is_officer and is_own_case(application.id, actor.account_id),
        claimed_by_actor=is_officer and application.claimed_by == actor.account_id,
        claimed_by_other=application.claimed_by not in (None, actor.account_id),
        actor_decided_before=is_officer and fact_queries.acted_before(application.id, actor.account_id),
        objections=fact_queries.count_events(application.id, "object"),
        within_report_period=paper.signed_at is not None
        and clock.now() < paper.signed_at + timedelta(days=declared.service.report_within),
        submissions=application.round,
        is_member=standing.is_in_force,
        person_agreed="person_agreed" in needs and _person_agreed(application, declared, standing, payload),
        is_disputed=standing.is_disputed,
    )


def _person_agreed(application: Application, declared: Declared, standing: Standing, payload: Payload) -> bool:
    """Whether whom a group member applies for agreed: declared in the present words, or by a letter that was given."""
    asked = consent_for_other(application, standing)
    if asked is None:
        return standing.is_own
    declares = payload.values.get(PERSON_CONSENT) == asked[1].version
    return declares or journey_of(application, declared).has_consent_letter


def _consent_asked(declared: Declared, service: Service) -> str:
    review = next((step for step in service.steps if isinstance(step, ReviewStep)), None)
    consent = declared.agency.consents.get(review.consent) if review else None
    return consent.version if consent else ""
