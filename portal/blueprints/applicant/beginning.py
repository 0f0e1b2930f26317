"""Beginning an application, resuming a draft on a newer declaration, and throwing a draft away."""

from __future__ import annotations

from flask import Response, flash

from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import acting_on, address_of, own_application
from portal.engine.declare import Service
from portal.operations.applications import (
    adopt_newest_declaration,
    erase_draft,
)
from portal.operations.representations import start_in_mode
from portal.queries.applications import given_of, list_open_drafts
from portal.queries.catalogue import get_agency, pinned
from portal.queries.groups import get_open_service
from portal.queries.services import availability_of
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

MOST_DRAFTS = 3  # of one service


@bp.get("/layanan/<agency>/<service>/baru")
@requires("everyone")
def return_to_service(agency: str, service: str) -> Response:
    """Whoever logged in on the way to [Baru] comes back with a GET: the button is on the service's page."""
    get_open_service(get_agency(agency).code, service, viewer().membership)
    return see_other(f"/layanan/{agency}/{service}")


@bp.post("/layanan/<agency>/<service>/baru")
@requires("citizen")
def start_draft(agency: str, service: str) -> Response:
    """[Baru]: a new draft and its first step, when the service may be started now (SIN-44 to SIN-47)."""
    who, declared = viewer(), get_agency(agency)
    membership = who.membership_at(agency)
    wanted = get_open_service(agency, service, membership)
    show_agency(agency)
    if agency in who.closed:
        return see_other(f"/masuk/{agency}?lanjut=/layanan/{agency}/{service}")
    if agency not in who.enrolments:
        flash(gettext("Register with this agency first; then you can apply."), "action")
        return see_other(f"/daftar/{agency}")
    found = availability_of(declared, wanted)
    if not found.open:
        return answer("applicant/closed.html", status=409, agency=declared, service=wanted, reason=found.reason)
    assert who.account_id is not None
    in_name_of = membership.code if membership else None
    drafts = [d for d in list_open_drafts(who.account_id, agency, service) if d.membership == in_name_of]
    untouched = next((draft.code for draft in drafts if not draft.saved), None)
    if untouched:
        return see_other(_first_step(untouched, wanted))
    if len(drafts) >= MOST_DRAFTS:
        words = gettext("You have %(count)s open drafts of this service.", count=len(drafts))
        flash(f"{words} {gettext('Go on with one of them, or delete one.')}", "action")
        return see_other(f"/permohonan?layanan={agency}/{service}&status=draft")
    with transaction():
        application = start_in_mode(declared, wanted, who.account_id, membership)
    return see_other(_first_step(application.code, wanted))


def _first_step(code: str, service: Service) -> str:
    return f"/permohonan/{code}/langkah/{service.steps[0].key}"


@bp.post("/permohonan/<code>/lanjutkan")
@requires("citizen")
def resume_draft(code: str) -> Response:
    """Move a draft to the newest form, then go on where something is missing."""
    own = own_application(code)
    with transaction():
        adopt_newest_declaration(own.application)
    fresh = own_application(code)
    step = given_of(fresh).journey.next_step("") or fresh.declared.service.steps[0].key
    return see_other(f"{address_of(fresh)}/langkah/{step}")


@bp.get("/permohonan/<code>/hapus")
@requires("citizen")
def ask_before_erasing(code: str) -> Response:
    """[Hapus] asks first (SIN-73)."""
    own = own_application(code)
    if own.application.round > 0:
        return see_other(address_of(own))
    return answer("applicant/erase.html", own=own, application=own.application)


@bp.post("/permohonan/<code>/hapus")
@requires("citizen")
def erase(code: str) -> Response:
    """Throw a draft away that was never sent (SIN-73)."""
    own = own_application(code)
    with transaction():
        erase_draft(own.application, acting_on(own))
    flash(gettext("The draft %(code)s was deleted.", code=code), "good")
    return see_other("/permohonan")


def changed_questions(old_id: int, new_id: int) -> tuple[list[str], list[str]]:
    """Labels of the questions and documents that a newer declaration added and removed."""
    old, new = pinned(old_id)[0], pinned(new_id)[0]
    before, after = _labels(old), _labels(new)
    added = [label for key, label in after.items() if key not in before]
    removed = [label for key, label in before.items() if key not in after]
    return added, removed


def _labels(service: Service) -> dict[str, str]:
    fields = {field.key: field.label for field in service.fields}
    return fields | {document.key: document.label for document in service.documents}
