"""What the portal knows of somebody who is logged in and enrols with one more agency."""

from __future__ import annotations

from sqlalchemy import select

from portal.engine.fields import field_type
from portal.extensions import db
from portal.models import Account, Enrolment, Visit
from portal.queries.judging import field_context
from portal.queries.registrations import RegistrationForm

CHOSEN_ANEW = frozenset({"username", "choice", "choices", "yes_no", "office", "consent"})  # another agency's own


def known_answers(form: RegistrationForm, account_id: int, visit_id: int | None) -> dict[str, str]:
    """By field key, what this visit may see of the person and this agency would ask for again.

    Read from the enrolments that the visit opens, and from no other: what a stronger proof closed stays
    closed to a log in by a weaker rule (design §4). Only answers that this agency would take itself.
    """
    known = _known_profile(account_id, visit_id)
    context = field_context(form.agency)
    found = {}
    for name, key in form.rules.profile.items():
        question = form.service.field(key)
        if question is None or not known.get(name) or question.type in CHOSEN_ANEW:
            continue
        kind = field_type(question.type)
        value = kind.parse(question, {key: known[name]})
        if value and kind.problem(question, value, context) is None:
            found[key] = value
    return found


def _known_profile(account_id: int, visit_id: int | None) -> dict[str, str]:
    """Profile name -> value, the best proven last; the account's proven telephone is the newest there is."""
    profiles = db.session.scalars(
        select(Enrolment.profile)
        .join(Visit, Visit.account_id == Enrolment.account_id)
        .where(
            Visit.id == visit_id,
            Enrolment.account_id == account_id,
            Enrolment.state == "active",
            Enrolment.assurance <= Visit.assurance,
        )
        .order_by(Enrolment.assurance, Enrolment.id)
    ).all()
    known: dict[str, str] = {}
    for profile in profiles:
        known |= {name: value for name, value in profile.items() if value}
    account = db.session.get(Account, account_id)
    if profiles and account is not None and account.phone and account.phone_proven_at:
        known["phone"] = account.phone
    return known
