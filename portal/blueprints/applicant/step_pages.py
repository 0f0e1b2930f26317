"""How a step is shown, by its kind: as a page, or as the partial that stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from portal.blueprints.applicant.document_table import document_rows
from portal.blueprints.applicant.own import Editing, address_of, declared_step, in_name_of
from portal.blueprints.applicant.review_page import review_context
from portal.web.fragments import answer
from portal.web.questions import ask


@dataclass(frozen=True)
class Shown:
    """How a step is shown: what was typed into it and what is to be said about that."""

    typed: Mapping[str, str] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None  # of the stored answers that the person saw
    is_stash: bool = False
    status: int = 200
    push: str = ""


def render_step(editing: Editing, step: str, shown: Shown | None = None) -> Response:
    """A step as page or partial, by its kind."""
    shown = shown or Shown()
    kind = declared_step(editing.own, step).kind
    context = {
        "form": _form_context,
        "documents": _documents_context,
        "review": _review_context,
    }[kind](editing, step, shown)
    return answer(
        "applicant/step.html",
        f"applicant/_{kind}_step.html",
        status=shown.status,
        push=shown.push,
        body=f"applicant/_{kind}_step.html",
        **common(editing, step),
        **context,
    )


def common(editing: Editing, step: str) -> dict[str, Any]:
    """What every kind of step shows around itself."""
    own = editing.own
    views = editing.given.journey.steps
    base = f"{address_of(own)}/langkah/"
    steps = [
        {
            "label": view.title,
            "href": base + view.key if view.state != "blocked" else None,
            "state": "current" if view.key == step else _reached(view.state),
        }
        for view in views
    ]
    return {
        "application": own.application,
        "service": own.declared.service,
        "step": declared_step(own, step),
        "steps": steps,
        "action": base + step,
        "is_revision": own.state.edit == "flagged",
        "in_name_of": in_name_of(own),
    }


def _reached(state: str) -> str:
    return "done" if state == "done" else "todo"


def _form_context(editing: Editing, step: str, shown: Shown) -> dict[str, Any]:
    journey, own = editing.given.journey, editing.own
    asked = ask(
        journey,
        step,
        typed=shown.typed,
        errors=shown.errors,
        notes=editing.notes_about("field"),
        may_change=editing.may_change_field,
        near=own.standing.area or own.declared.agency.region,
    )
    keys = [view.key for view in journey.steps]
    behind = journey.steps[keys.index(step) + 1 :]
    return {
        "asked": asked,
        "warnings": list(shown.warnings.values()),
        "version": editing.given.versions.get(step, 0) if shown.version is None else shown.version,
        "is_stash": shown.is_stash,
        "ends_form": not behind or behind[0].kind != "form",
    }


def _documents_context(editing: Editing, step: str, shown: Shown) -> dict[str, Any]:
    rows = document_rows(editing, step, errors=shown.errors)
    errors = [(f"#f-{key}", sentence) for key, sentence in shown.errors.items()]
    return {"rows": rows, "errors": errors}


def _review_context(editing: Editing, step: str, shown: Shown) -> dict[str, Any]:
    return review_context(editing, step, typed=shown.typed, errors=shown.errors, is_refused=shown.status == 422)
