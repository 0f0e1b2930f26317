"""The page of a registration form: empty, as typed, refused, or only the part that htmx asked for."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from portal.blueprints.account import sums
from portal.blueprints.account.plans import KIND, Plan
from portal.errors import NotFound
from portal.operations.throttle import Wait
from portal.queries.registrations import RegistrationForm
from portal.web import registration_forms as forms
from portal.web.asking import given_rows
from portal.web.context import show_agency
from portal.web.fragments import answer, wants_partial


def kind_page(form: RegistrationForm) -> Response:
    """Person or company: a link for each, and behind it only that one's questions (PTS-02, KAR-43)."""
    show_agency(form.agency.code)
    assert form.kind_field is not None
    return answer("account/registration_kind.html", form=form, question=form.kind_field, agency=form.agency.code)


def form_page(
    plan: Plan,
    values: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    warnings: dict[str, str] | None = None,
    wait: Wait | None = None,
    status: int = 200,
) -> Response:
    """The form with these values."""
    show_agency(plan.agency)
    form, errors = plan.form, errors or {}
    context: dict[str, Any] = {
        "form": form,
        "plan": plan,
        "kind": next((o.label for o in form.kind_field.options if o.value == plan.kind), "") if form.kind_field else "",
        "is_retry": plan.own is not None and plan.own.application.round > 0,
        "action": request.path,
        "reset": f"{request.path}?{KIND}={plan.kind}" if plan.kind and plan.own is None else request.path,
        "groups": forms.groups_of(plan.service, form.agency, values, errors, warnings or {}, plan.fixed, plan.given),
        "known": given_rows(plan.service, form.agency, plan.shown),
        "consent": None if plan.is_first_part else forms.declared_consent(form.service, form.agency),
        "is_ticked": bool(request.form.get(forms.CONSENT)),
        "errors": errors,
        "error_links": forms.error_links(errors, form.service),
        "sum": _sum(errors) if plan.has_sum else None,
        "wait": wait.seconds if wait else 0,
    }
    return answer("account/register.html", "account/_register_form.html", status=status, **context)


def refused_page(plan: Plan, read: forms.Read, errors: dict[str, str], wait: Wait | None = None) -> Response:
    """The form as typed, with its mistakes and without its secrets."""
    errors = forms.type_passwords_again(plan.service, errors)
    status = 429 if wait else 422
    return form_page(plan, read.values, errors=errors, warnings=read.warnings, wait=wait, status=status)


def again_page(plan: Plan, read: forms.Read) -> Response:
    """A button asked for more choices or another sum: the form as typed, no mistakes shown.

    With htmx only that part is answered, so that nothing else on the page is lost.
    """
    refreshed = request.form.get("_refresh", "")
    if wants_partial() and refreshed:
        place = forms.place_of(plan.service, plan.form.agency, read.values, refreshed)
        if place is None:
            raise NotFound("place")
        response = answer("account/_place.html", asked=place)
        response.headers["HX-Retarget"] = f"#place-{place.field.key}"
        return response
    if wants_partial():
        response = answer("account/_sum.html", sum=_sum({}))
        response.headers["HX-Retarget"] = "#sum"
        return response
    return form_page(plan, read.values)


def _sum(errors: dict[str, str]) -> sums.SumView:
    without = request.method == "POST" and sums.goes_without_sum()
    return sums.sum_view(error=errors.get(sums.ANSWER, ""), without=without)
