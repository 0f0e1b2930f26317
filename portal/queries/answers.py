"""Reads of the encrypted answers of an application."""

from __future__ import annotations

from sqlalchemy import select

from portal.extensions import db
from portal.models import Answers


def answers_of(application_id: int) -> dict[str, dict[str, str]]:
    """By step and field key, the values of the steps that were saved."""
    rows = db.session.execute(
        select(Answers.step, Answers.values.label("given")).where(
            Answers.application_id == application_id, Answers.row == ""
        )
    )
    return {row.step: dict(row.given) for row in rows}


def answer_versions(application_id: int) -> dict[str, int]:
    """By step, the version of its stored answers; a step that was never saved has none."""
    rows = db.session.execute(
        select(Answers.step, Answers.version).where(Answers.application_id == application_id, Answers.row == "")
    )
    return {row.step: row.version for row in rows}
