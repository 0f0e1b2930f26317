"""Sending an application: everything, the consent, and the same proof for every further press (SIN-68)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from portal.blueprints.applicant.own import (
    Editing,
    acting_on,
    address_of,
    editing_of,
    own_application,
)
from portal.blueprints.applicant.review_page import lacks_agreement, sending_action
from portal.blueprints.applicant.step_pages import Shown, render_step
from portal.errors import Conflict, Invalid
from portal.operations.answers import StaleAnswers, save_step
from portal.operations.facts import PERSON_CONSENT
from portal.operations.submissions import send_application
from portal.queries.applications import OwnApplication
from portal.transaction import transaction
from portal.web.fragments import see_other
from portal.web.i18n import gettext

# Where on the page a refused guard is told.
REFUSED_AT = {"consent": "consent", "person_agreed": PERSON_CONSENT, "membership": "membership"}


def submit_review(own: OwnApplication, step: Any) -> Response:
    """Save what is asked last, then send; a second press meets the proof of the first."""
    proof = f"{address_of(own)}/bukti"
    if not own.is_editable and own.application.round > 0:
        return see_other(proof)
    if own.is_outdated:
        return see_other(address_of(own))
    editing = editing_of(own)
    parsed = editing.given.journey.parse_step(step.key, request.form)
    _keep_last_answers(editing, step.key, parsed.values)
    errors = dict(parsed.errors)
    if not request.form.get("consent"):
        errors["consent"] = gettext("Read the declaration, then tick it.")
    if lacks_agreement(editing):
        errors[PERSON_CONSENT] = gettext("Ask this person first, then tick it; or add their letter to the documents.")
    fresh = editing_of(own)
    if errors or fresh.given.journey.missing():
        return render_step(fresh, step.key, Shown(parsed.values, errors, status=422))
    try:
        _send(own, step)
    except Invalid as refused:
        errors = {REFUSED_AT[guard]: words for guard, words in refused.errors.items() if guard in REFUSED_AT}
        return render_step(editing_of(own), step.key, Shown(parsed.values, errors, status=422))
    except Conflict:
        again = own_application(own.application.code)
        if again.is_editable:
            raise
    return see_other(proof)


def _keep_last_answers(editing: Editing, step: str, values: dict[str, str]) -> None:
    if not values:
        return
    own = editing.own
    try:
        with transaction():
            save_step(
                own.application,
                own.declared,
                step,
                values,
                seen=request.form.get("saved", 0, type=int),
            )
    except StaleAnswers as stale:
        # One press was answered already, or another device was here: the newest choice counts.
        with transaction():
            save_step(own.application, own.declared, step, values, seen=stale.stored_version)


def _send(own: OwnApplication, step: Any) -> None:
    actor = acting_on(own)
    consent = own.declared.agency.consents[step.consent]
    with transaction():
        send_application(
            own.application,
            actor,
            consent_version=request.form.get("consent") or consent.version,
            seen=request.form.get("version", -1, type=int),
            action=sending_action(own)[0],
            person_consent=request.form.get(PERSON_CONSENT, ""),
        )
