"""Registering somebody who stands at the counter; the link goes to their own telephone (SIN-20)."""

from __future__ import annotations

import re
import secrets

from flask import Response, flash, request

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import case_path, officer_id
from portal.errors import Conflict, NotFound
from portal.operations.counter import register_at_counter as register
from portal.operations.registrations import Filled
from portal.queries.counter import Entry, get_entry
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other, wants_partial
from portal.web.i18n import gettext

FORM_KEY = "form_key"
KEY_SHAPE = re.compile(r"[0-9a-f]{32}")


@bp.get("/pendaftaran/<agency>/baru")
@requires("officer")
def show_counter(agency: str) -> Response:
    """The registration's questions without password and sum, which are the applicant's own."""
    entry = get_entry(agency, viewer().duties)
    service = forms.counter_service(entry.form.service)
    return _page(entry, forms.Read({"": forms.first_values(service, entry.form.agency)}, {}))


@bp.post("/pendaftaran/<agency>/baru")
@requires("officer")
def register_at_counter(agency: str) -> Response:
    """Register the person and send the link; pressing twice shows the same registration."""
    entry = get_entry(agency, viewer().duties)
    form = entry.form
    read = forms.read_form(forms.counter_service(form.service), form.agency, request.form.to_dict())
    if request.form.get("_refresh"):
        return _again(entry, read)
    errors = dict(read.errors)
    if not request.form.get(forms.CONSENT):
        errors[forms.CONSENT] = gettext("Read the statement to the applicant, and tick when they agree.")
    if errors:
        return _page(entry, read, errors, status=422)
    filled = Filled(read.steps, "", forms.declared_consent(form.service, form.agency).version)
    try:
        with transaction():
            code = register(entry, filled, officer_id(viewer()), _form_key()).code
    except Conflict:
        known = gettext("Somebody with this number already has an account. Look for it in the list.")
        return _page(entry, read, {form.rules.login: known}, status=422)
    flash(gettext("Registered. The activation link is on its way to the applicant."), "good")
    return see_other(case_path(code))


def _form_key() -> str:
    """The random mark of one shown form; a mangled one is as good as none."""
    given = request.form.get(FORM_KEY, "")
    return given if KEY_SHAPE.fullmatch(given) else secrets.token_hex(16)


def _again(entry: Entry, read: forms.Read) -> Response:
    """A button asked for more choices of a place: the form as typed, or with htmx that place alone."""
    if not wants_partial():
        return _page(entry, read)
    place = forms.place_of(entry.form.service, entry.form.agency, read.values, request.form["_refresh"])
    if place is None:
        raise NotFound("place")
    response = answer("account/_place.html", asked=place)
    response.headers["HX-Retarget"] = f"#place-{place.field.key}"
    return response


def _page(entry: Entry, read: forms.Read, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    form, errors = entry.form, errors or {}
    service = forms.counter_service(form.service)
    show_agency(form.agency.code)
    return answer(
        "officer/counter.html",
        "officer/_counter_form.html",
        status=status,
        title=entry.action.label,
        action=request.path,
        form_key=_form_key(),
        groups=forms.groups_of(service, form.agency, read.values, errors, read.warnings, ()),
        consent=forms.declared_consent(form.service, form.agency),
        is_ticked=bool(request.form.get(forms.CONSENT)),
        errors=errors,
        error_links=forms.error_links(errors, service),
    )
