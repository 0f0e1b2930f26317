"""The steps of an application: saved at once even when wrong, and answered with the next one."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, flash, make_response, request

from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import (
    Editing,
    address_of,
    declared_step,
    editing_of,
    own_application,
)
from portal.blueprints.applicant.review import submit_review
from portal.blueprints.applicant.step_pages import Shown, common, render_step
from portal.engine.journey import PERSONAL, Parsed
from portal.errors import Conflict
from portal.operations.answers import StaleAnswers, save_step
from portal.operations.throttle import take
from portal.operations.visits import drop_stash
from portal.transaction import transaction
from portal.web.fragments import answer, see_other, wants_partial
from portal.web.i18n import gettext
from portal.web.questions import answer_rows

NIK_DIGITS = 16
SUBJECTS_A_DAY = 20  # different people whom one account may name in personal mode


@bp.get("/permohonan/<code>/langkah/<step>")
@requires("citizen")
def show_step(code: str, step: str) -> Response:
    """One step with its stored values, or with what was typed when a session had ended."""
    own = own_application(code, with_stash=True)
    declared_step(own, step)
    if not own.is_editable or own.is_outdated:
        return see_other(address_of(own))
    editing = editing_of(own)
    journey = editing.given.journey
    if not journey.may_visit(step):
        return see_other(f"{address_of(own)}/langkah/{journey.next_step('') or step}")
    if own.stash:
        typed = journey.parse_step(step, own.stash).values
        return render_step(editing, step, Shown(typed=typed, is_stash=True))
    return render_step(editing, step)


@bp.post("/permohonan/<code>/langkah/<step>")
@requires("citizen")
def submit_step(code: str, step: str) -> Response:
    """Save a step; answer with the next one, or with this one and what is wrong in it."""
    own = own_application(code)
    declared = declared_step(own, step)
    if declared.kind == "review":
        return submit_review(own, declared)
    if not own.is_editable:
        raise Conflict(gettext("This application cannot be changed: it is %(state)s.", state=own.state.citizen))
    editing = editing_of(own)
    if declared.kind == "documents":
        return _leave_documents(editing, step)
    return _submit_form(editing, step)


def _submit_form(editing: Editing, step: str) -> Response:
    journey, form = editing.given.journey, request.form
    _limit_subjects(editing)
    parsed = journey.parse_step(step, form)
    seen = form.get("version", 0, type=int)
    if "_refresh" in form:
        return render_step(editing, step, Shown(typed=parsed.values, version=seen))
    try:
        version = _save(editing, step, parsed, seen)
    except StaleAnswers as stale:
        return _show_stale(editing, step, parsed, stale)
    if form.get("_save") == "draft":
        return _answer_draft(editing, version)
    errors = {k: v for k, v in parsed.errors.items() if editing.may_change_field(k)}
    if errors:
        shown = Shown(parsed.values, errors, parsed.warnings, version, status=422)
        return render_step(editing, step, shown)
    if parsed.warnings and "_sure" not in form:
        shown = Shown(parsed.values, {}, parsed.warnings, version)
        return render_step(editing, step, shown)
    return _go_on(editing, step)


def _limit_subjects(editing: Editing) -> None:
    """Stop who tries many NIKs to learn which are registered: personal mode tells of strangers (SIN-30)."""
    own = editing.own
    key = own.declared.service.subject.nik
    typed = request.form.get(key, "").strip() if key else ""
    if own.application.mode != PERSONAL or sum(sign.isdigit() for sign in typed) < NIK_DIGITS:
        return
    if typed != editing.given.journey.values.get(key) and take(
        f"subjects:{viewer().account_id}", SUBJECTS_A_DAY, timedelta(days=1)
    ):
        abort(429)


def _save(editing: Editing, step: str, parsed: Parsed, seen: int) -> int:
    """Wrong values are kept too: they are judged again before sending."""
    own = editing.own
    with transaction():
        version = save_step(own.application, own.declared, step, parsed.values, seen=seen)
        drop_stash(viewer().account_id or 0, request.path)
    return version


def _answer_draft(editing: Editing, version: int) -> Response:
    """204 for the script that saves quietly; for a pressed button the page of the application."""
    if _is_quiet():
        response = make_response("", 204)
        response.headers["X-Version"] = str(version)
        return response
    flash(gettext("Draft saved"), "good")
    return see_other(address_of(editing.own))


def _is_quiet() -> bool:
    """Whether the script saves by itself, while the person goes on typing; a pressed button tells its page."""
    return wants_partial() and not request.headers.get("HX-Current-URL")


def _leave_documents(editing: Editing, step: str) -> Response:
    """Go on from the documents when nothing that is needed is missing."""
    missing = [lack for lack in editing.given.journey.missing() if lack.step == step]
    if missing:
        errors = {lack.target: lack.sentence for lack in missing}
        return render_step(editing, step, Shown(errors=errors, status=422))
    return _go_on(editing, step)


def _go_on(editing: Editing, step: str) -> Response:
    """The next unfinished step: for htmx at once as the answer, else by a redirect."""
    if not wants_partial():
        following = editing_of(editing.own).given.journey.next_step(step) or step
        return see_other(f"{address_of(editing.own)}/langkah/{following}")
    fresh = editing_of(own_application(editing.own.application.code))
    following = fresh.given.journey.next_step(step) or step
    push = f"{address_of(fresh.own)}/langkah/{following}"
    return render_step(fresh, following, Shown(push=push))


def _show_stale(editing: Editing, step: str, parsed: Parsed, stale: StaleAnswers) -> Response:
    """Another device saved this step in between: both values, and the person chooses."""
    if request.form.get("_save") == "draft" and _is_quiet():
        raise Conflict(gettext("This step was saved on another device."))
    fields = editing.given.journey.visible_fields(step, parsed.values)
    offices = editing.given.journey.context.offices
    theirs = answer_rows(fields, stale.stored, masked=False, offices=offices)
    mine = answer_rows(fields, stale.typed, masked=False, offices=offices)
    differing = [
        {"label": here.label, "typed": here.value, "stored": there.value}
        for here, there in zip(mine, theirs, strict=True)
        if here.value != there.value
    ]
    kept = [(name, value) for name, value in request.form.items() if name not in ("csrf_token", "version", "_sure")]
    return answer(
        "applicant/step.html",
        "applicant/_stale.html",
        status=409,
        body="applicant/_stale.html",
        differing=differing,
        kept=kept,
        version=stale.stored_version,
        **common(editing, step),
    )
