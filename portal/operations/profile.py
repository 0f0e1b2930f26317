"""Biodata that its owner changes: at once where nobody proved it, by the officer where somebody did (PAS-46)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app
from sqlalchemy import select

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import NotAllowed
from portal.extensions import db
from portal.models import Account, Application, Enrolment, Submission
from portal.operations.answers import save_answers
from portal.operations.events import record_event
from portal.operations.perform import Payload, perform
from portal.operations.submissions import freeze_answers, send_application
from portal.queries.answers import answer_versions, answers_of
from portal.queries.catalogue import declared_for
from portal.queries.profiles import Profile, get_profile_of, proven_keys
from portal.queries.registrations import OwnRegistration


def change_profile(own: OwnRegistration, profile: Profile, given: Mapping[str, str], *, consent_version: str) -> bool:
    """Take over changed answers; True when an officer has to look at them first.

    given: parsed answers by key; what may not be changed here is ignored. Raises NotAllowed where a
    proven fact cannot be changed now, and what `perform` raises.
    """
    changed = {key: given[key] for key in profile.changeable if key in given and given[key] != own.answers.get(key, "")}
    proven = {key: value for key, value in changed.items() if key in profile.proven}
    free = {key: value for key, value in changed.items() if key not in profile.proven}
    application = own.application
    if proven and not own.can("change"):
        raise NotAllowed("Data ini sudah diperiksa petugas dan tidak dapat diubah sekarang.")
    if free:
        _save(application, free)
        _refresh(profile.enrolment, application, set(free))
        record_event(application.id, "change_profile", Actor("applicant", application.account_id))
    if proven:
        _freeze_what_was(application)
        _save(application, proven)
        send_application(
            application,
            Actor("applicant", application.account_id),
            consent_version=consent_version,
            seen=application.version,
            action="change",
        )
    return bool(proven)


def cancel_change(own: OwnRegistration) -> None:
    """The applicant takes a change back that still waits for the officer."""
    perform(
        own.application,
        "cancel_change",
        Actor("applicant", own.application.account_id),
        Payload(seen=own.application.version),
    )


def take_change(application: Application) -> None:
    """The officer agrees: what was answered is from now on what the agency knows."""
    profile = get_profile_of(application)
    _refresh(profile.enrolment, application, set(profile.changeable))


def drop_change(application: Application) -> None:
    """The change is off: the answers say again what the agency knows."""
    profile = get_profile_of(application)
    keys = {key: name for name, key in profile.rules.profile.items() if key in proven_keys(profile.rules)}
    known = {key: profile.enrolment.profile.get(name, "") for key, name in keys.items()}
    _save(application, known)


def _save(application: Application, values: Mapping[str, str]) -> None:
    """Write answers into the steps that hold them."""
    declared, versions = declared_for(application), answer_versions(application.id)
    for step in declared.service.steps:
        mine = {
            question.key: values[question.key] for question in getattr(step, "fields", ()) if question.key in values
        }
        before = answers_of(application.id).get(step.key, {})
        if mine and before | mine != before:
            save_answers(application, declared, step.key, before | mine, seen=versions.get(step.key, 0))


def _refresh(enrolment: Enrolment, application: Application, keys: set[str]) -> None:
    """Copy these answers into what the agency keeps of the person."""
    rules = declared_for(application).service.registration
    assert rules is not None
    answers = {k: v for step in answers_of(application.id).values() for k, v in step.items()}
    fresh = {name: answers.get(key, "") for name, key in rules.profile.items() if key in keys}
    account = db.session.get(Account, enrolment.account_id)
    if account is not None and fresh.get("name") and account.name == enrolment.profile.get("name"):
        account.name = fresh["name"][:200]
    merged = {name: value for name, value in (enrolment.profile | fresh).items() if value}
    vault = current_app.extensions["vault"]
    enrolment.profile = merged
    enrolment.nik_digest = vault.digest("nik", merged["nik"]) if merged.get("nik") else None
    enrolment.kk_digest = vault.digest("kk", merged["kk"]) if merged.get("kk") else None
    db.session.flush()


def _freeze_what_was(application: Application) -> None:
    """Before a first change the officer has nothing to compare with: what counts until now is frozen."""
    newest = select(Submission.content).where(Submission.application_id == application.id)
    content = db.session.scalar(newest.order_by(Submission.round.desc()).limit(1))
    if content is not None and content.get("answers") == answers_of(application.id):
        return
    application.round += 1
    db.session.flush()
    freeze_answers(application, at=clock.now())
