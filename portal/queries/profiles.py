"""Reads of what an agency keeps of a person, and which of it they may change themselves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.engine.declare import Registration, Service
from portal.engine.fields import field_type
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Application, Enrolment
from portal.queries.catalogue import declared_for

# Changed on pages of their own, because a code or link has to come back first; or never, because one logs in by them.
ELSEWHERE = frozenset({"email", "password", "captcha", "username", "nik"})


@dataclass(frozen=True)
class Profile:
    """An enrolment with the answers that may be changed (by key), and those that an officer has proven."""

    enrolment: Enrolment
    rules: Registration
    changeable: tuple[str, ...]
    proven: frozenset[str]


def get_profile_of(application: Application) -> Profile:
    """The profile that a registration led to, or NotFound while there is no enrolment."""
    enrolment = db.session.scalar(
        select(Enrolment).where(Enrolment.application_id == application.id, Enrolment.state == "active")
    )
    service = declared_for(application).service
    if enrolment is None or service.registration is None:
        raise NotFound("enrolment")
    rules = service.registration
    return Profile(enrolment, rules, changeable_keys(service), frozenset(proven_keys(rules)))


def changeable_keys(service: Service) -> tuple[str, ...]:
    """Answers of the declared profile that have no page of their own, in the order of the form."""
    rules = service.registration
    assert rules is not None
    kept = set(rules.profile.values()) - {rules.login, rules.phone, rules.email, rules.kind, service.routing}
    return tuple(
        question.key
        for question in service.fields
        if question.key in kept and question.type not in ELSEWHERE and not field_type(question.type).transient
    )


def proven_keys(rules: Registration) -> set[str]:
    """Answer keys of the facts whose change goes back to verification."""
    return {rules.profile[name] for name in rules.proven if name in rules.profile}
