"""What the review shows: everything once more, and what is still missing (SIN-66, SIN-67, SIN-69)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from portal.blueprints.applicant.document_table import thumbs_of
from portal.blueprints.applicant.own import Editing, acting_on, address_of
from portal.engine.guards import MEMBERSHIP_ENDED
from portal.engine.workflow import actions_open
from portal.operations.facts import PERSON_CONSENT
from portal.queries.applications import OwnApplication
from portal.queries.representations import consent_for_other
from portal.web.i18n import gettext
from portal.web.questions import answer_rows, ask


def review_context(
    editing: Editing,
    step: str,
    *,
    typed: Mapping[str, str] | None,
    errors: Mapping[str, str],
    is_refused: bool,
) -> dict[str, Any]:
    """What the review shows: all answers with links to change them, documents, and what is missing."""
    own, journey = editing.own, editing.given.journey
    declared = own.declared
    base = f"{address_of(own)}/langkah/"
    consent = declared.agency.consents[declared.service.step(step).consent]  # type: ignore[union-attr]
    sections = []
    for view in journey.steps:
        if view.kind == "form":
            fields = journey.visible_fields(view.key)
            rows = answer_rows(
                fields,
                journey.values,
                masked=False,
                offices=journey.context.offices,
                href=base + view.key,
                may_change=lambda field: not journey.locked_value(field) and editing.may_change_field(field.key),
            )
            sections.append({"title": view.title, "href": base + view.key, "rows": rows})
    missing = [(f"{base}{m.step}#f-{m.target}", m.sentence) for m in journey.missing()]
    unanswered = [note for note in editing.notes if note.answered_at is None]
    if unanswered:
        words = gettext("Answer the officer's notes first: change the part, or explain.")
        missing.append((f"{address_of(own)}#catatan", words))
    return {
        "asked": ask(journey, step, typed=typed, errors=errors),
        "sections": sections,
        "documents": _given_documents(editing, base),
        "missing": [] if is_refused else missing,
        "is_complete": not missing,
        "errors": [*missing, *((f"#f-{k}", v) for k, v in errors.items())] if is_refused else [],
        "consent": consent,
        "consent_error": errors.get("consent"),
        "is_agreed": bool(request.form.get("consent")),
        "person": _person(editing, errors),
        "ended": None if own.standing.is_in_force else MEMBERSHIP_ENDED,
        "version": own.application.version,
        "saved": editing.given.versions.get(step, 0),
        "send_label": sending_action(own)[1].label,
    }


def lacks_agreement(editing: Editing) -> bool:
    """Whether a group member has still to say that the person agreed: no tick came, and no letter is there."""
    asked = consent_for_other(editing.own.application, editing.own.standing)
    return asked is not None and not editing.given.journey.has_consent_letter and not request.form.get(PERSON_CONSENT)


def _person(editing: Editing, errors: Mapping[str, str]) -> dict[str, Any] | None:
    """What is asked about whom one applies for; None where one applies for oneself and the family."""
    asked = consent_for_other(editing.own.application, editing.own.standing)
    if asked is None:
        return None
    return {
        "title": asked[1].title,
        "text": asked[1].text,
        "version": asked[1].version,
        "has_letter": editing.given.journey.has_consent_letter,
        "is_ticked": bool(request.form.get(PERSON_CONSENT)),
        "error": errors.get(PERSON_CONSENT),
    }


def _given_documents(editing: Editing, base: str) -> list[dict[str, Any]]:
    """Each documents step with its files."""
    found = []
    for view in editing.given.journey.steps:
        if view.kind != "documents":
            continue
        items = editing.given.journey.visible_documents(view.key)
        rows = [
            {"label": item.label, "files": thumbs_of(d for d in editing.documents if d.key == item.key)}
            for item in items
        ]
        found.append({"title": view.title, "href": base + view.key, "rows": [r for r in rows if r["files"]]})
    return found


def sending_action(own: OwnApplication) -> tuple[str, Any]:
    """The applicant's action that demands the consent: in any workflow that is the sending."""
    found = actions_open(own.declared.workflow, own.application.state, acting_on(own))
    return next((key, action) for key, action in found if "consent" in action.needs)
