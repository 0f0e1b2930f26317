"""Answers: saved step by step, each step with a version of its own, so nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.engine.workflow import may_change
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Answers, Application
from portal.operations.applications import name_subject
from portal.operations.notes_answering import answer_notes_about
from portal.queries.answers import answer_versions, answers_of
from portal.queries.applications import list_flagged
from portal.queries.catalogue import Declared
from portal.transaction import change


@dataclass
class StaleAnswers(Exception):
    """The step was saved elsewhere since it was shown: both versions, so the person can choose."""

    stored: Mapping[str, str]
    stored_version: int
    typed: Mapping[str, str]


def save_step(
    application: Application,
    declared: Declared,
    step: str,
    values: Mapping[str, str],
    *,
    seen: int,
) -> int:
    """Save what the applicant typed, as far as the present state lets it change; returns the version.

    The application's row is locked first, so that nothing slips in behind a sending
    (SIN-70). In a revision only flagged fields change, and a change answers its notes.
    """
    db.session.refresh(application, with_for_update=True)
    state = declared.workflow.states[application.state]
    if state.edit == "none" or application.erased_at is not None:
        raise Conflict(f"Pengajuan tidak dapat diubah: statusnya {state.citizen}.")
    if state.edit == "all":
        return save_answers(application, declared, step, values, seen=seen)
    before = answers_of(application.id).get(step, {})
    flagged = list_flagged(application)
    allowed = {k: v for k, v in values.items() if may_change(state, f"field:{k}", flagged)}
    changed = [f"field:{key}" for key, value in allowed.items() if before.get(key, "") != value]
    saved = save_answers(application, declared, step, {**before, **allowed}, seen=seen)
    answer_notes_about(application, changed)
    return saved


def save_answers(
    application: Application,
    declared: Declared,
    step: str,
    values: Mapping[str, str],
    *,
    seen: int,
) -> int:
    """Store a step's values over version `seen` (0: never saved); returns the new version.

    Values are kept as typed, wrong ones too: they are judged again before sending.
    Raises StaleAnswers when another device saved the step in between with other values.
    """
    version = answer_versions(application.id).get(step, 0)
    if version != seen:
        stored = answers_of(application.id).get(step, {})
        if stored == dict(values):
            return version
        raise StaleAnswers(stored=stored, stored_version=version, typed=dict(values))
    saved = _replace(application, step, values, seen) if seen else _insert(application, step, values)
    everything = {k: v for given in answers_of(application.id).values() for k, v in given.items()}
    name_subject(application, everything, declared.service)
    db.session.flush()
    return saved


def _insert(application: Application, step: str, values: Mapping[str, str]) -> int:
    db.session.add(
        Answers(
            application_id=application.id,
            step=step,
            version=1,
            values=dict(values),
            saved_at=clock.now(),
        )
    )
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Langkah ini baru saja disimpan di tempat lain. Buka lagi.") from error
    return 1


def _replace(application: Application, step: str, values: Mapping[str, str], seen: int) -> int:
    changed = change(
        update(Answers)
        .where(
            Answers.application_id == application.id,
            Answers.step == step,
            Answers.row == "",
            Answers.version == seen,
        )
        .values(values=dict(values), version=seen + 1, saved_at=clock.now())
    )
    if changed != 1:
        raise Conflict("Langkah ini baru saja disimpan di tempat lain. Buka lagi.")
    return seen + 1
