"""Registering: who registers, the form, mending it while it is a draft, and doing it again after a refusal."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request, url_for

from portal.auth import requires, viewer
from portal.blueprints.account import bp, sums
from portal.blueprints.account.at_hand import (
    asked_registration,
    find_registration_at_hand,
    hold_asked,
    hold_registration,
)
from portal.blueprints.account.onward import go_on
from portal.blueprints.account.outside import offered_values
from portal.blueprints.account.place import named_place, place_of_request, remember_device
from portal.blueprints.account.plans import Plan, plan_for
from portal.blueprints.account.registration_page import again_page, form_page, kind_page, refused_page
from portal.errors import Invalid, NotFound
from portal.operations.clashing import check_mailbox_free
from portal.operations.credentials import hash_password
from portal.operations.device_rule import hold_device, is_device_held
from portal.operations.registrations import Filled, begin_registration, mend_registration
from portal.operations.throttle import Wait, take
from portal.queries.facts import is_mailbox_proven
from portal.queries.registrations import (
    OwnRegistration,
    get_registration_form,
    list_registration_forms,
)
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

# An address alone is loose: a village office registers many people in an afternoon.
REGISTRATIONS_PER_NETWORK = 60
WITHOUT_SUM_PER_NETWORK = 20
WINDOW = timedelta(hours=1)
ONE_MORE = "lagi"  # in the address: another office of an agency where one is registered already


@bp.get("/daftar")
@requires("everyone")
def choose_agency() -> Response:
    """With whom to register; the only one that takes registrations is not asked about."""
    found = list_registration_forms()
    if len(found) == 1:
        return see_other(url_for("account.show_registration", agency=found[0].agency.code))
    return answer("account/agencies.html", forms=found, endpoint="account.show_registration")


@bp.get("/daftar/<agency>")
@requires("everyone")
def show_registration(agency: str) -> Response:
    """The whole form, empty (SIN-13); for who is logged in only what is not known yet."""
    form = get_registration_form(agency)
    show_agency(agency)
    own = find_registration_at_hand(agency) if viewer().is_logged_in else None
    if own is not None and not _wants_one_more(own):
        return see_other(url_for("account.show_own_registration", code=own.code))
    plan = plan_for(form)
    if plan is None:
        return kind_page(form)
    return form_page(plan, forms.first_values(plan.service, form.agency) | offered_values(form))


@bp.post("/daftar/<agency>")
@requires("everyone")
def register(agency: str) -> Response:
    """Begin a registration; the phone or the mailbox is proven next."""
    form = get_registration_form(agency)
    own = find_registration_at_hand(agency) if viewer().is_logged_in else None
    if own is not None and not own.can("send") and own.rules.scope != "office":
        return see_other(url_for("account.show_own_registration", code=own.code))
    plan = plan_for(form)
    if plan is None:
        return kind_page(form)
    return _take(plan)


@bp.get("/daftar/<agency>/perbaiki")
@requires("everyone")
def show_correction(agency: str) -> Response:
    """The form with what is known: of a draft, or of a refused registration (SIN-43)."""
    plan = _mending(agency)
    return form_page(plan, forms.first_values(plan.service, plan.form.agency) | (plan.own.answers if plan.own else {}))


@bp.post("/daftar/<agency>/perbaiki")
@requires("everyone")
def correct_registration(agency: str) -> Response:
    """Take the corrected form over, and send it when nothing is left to prove."""
    return _take(_mending(agency))


def _mending(agency: str) -> Plan:
    """The form of the registration at hand; no way leads past a mailbox that must be proven first."""
    own = find_registration_at_hand(agency)
    if own is None or not (own.can("send") or own.can("resubmit")):
        raise NotFound("registration")
    if own.rules.email_first and not is_mailbox_proven(own.application, own.declared):
        raise NotFound("registration")
    plan = plan_for(get_registration_form(agency), own)
    assert plan is not None
    return plan


def _wants_one_more(own: OwnRegistration) -> bool:
    """Where each office enrols for itself, one account may register with several."""
    is_open = own.can("send") or own.can("resubmit")
    return own.rules.scope == "office" and not is_open and request.args.get(ONE_MORE) == "ya"


def _take(plan: Plan) -> Response:
    show_agency(plan.agency)
    read = plan.read(plan.posted())
    if request.form.get("_refresh") or sums.asks_other_sum():
        return again_page(plan, read)
    twin = None if plan.own else _of_this_visit(plan)
    is_sent = twin is not None and not twin.can("send")
    if twin and not twin.can("resubmit") and not (is_sent and plan.is_first_part) and _says_the_same(read, twin):
        return go_on(twin)
    own = plan.own or _begun_before(plan, read, twin)
    errors = dict(read.errors)
    if not plan.is_first_part and not request.form.get(forms.CONSENT):
        errors[forms.CONSENT] = "Baca pernyataan persetujuan, lalu beri tanda centang."
    if not errors and is_device_held(plan.form.agency, place_of_request().device, viewer().account_id, own):
        errors[""] = gettext("This device has registered an account already. Use the device of the person it is for.")
    wait = None if errors else _wait_for_turn(plan)
    if not errors and wait is None and plan.has_sum and not sums.is_sum_right():
        errors[sums.ANSWER] = "Jawaban hitungan belum benar. Ini hitungan yang baru."
    if errors or wait:
        return refused_page(plan, read, errors, wait)
    try:
        code = _keep(plan, read, own)
    except Invalid as refusal:
        return refused_page(plan, read, refusal.errors)
    return _held(plan, code)


def _keep(plan: Plan, read: forms.Read, own: OwnRegistration | None) -> str:
    """Store the form in one transaction; nothing of it stays when it may not be sent. Returns the code."""
    password = forms.password_of(plan.service, read)
    consent = forms.declared_consent(plan.form.service, plan.form.agency)
    filled = Filled(
        steps=read.steps,
        password_hash=hash_password(password) if password else "",
        consent_version="" if plan.is_first_part else consent.version,
    )
    with transaction():
        if own is not None:
            application = mend_registration(own, filled)
            check_mailbox_free(application, own.declared)
        else:
            application = begin_registration(plan.form, filled, account_id=viewer().account_id)
        return application.code


def _held(plan: Plan, code: str) -> Response:
    """Go on with the registration in this browser; after the small form only the mail leads on."""
    if plan.is_first_part:
        hold_asked(code)
    elif not viewer().is_logged_in:
        hold_registration(code)
    own = asked_registration(plan.agency) if plan.is_first_part else find_registration_at_hand(plan.agency)
    assert own is not None
    response = go_on(own)
    place = named_place()
    with transaction():
        is_held = hold_device(plan.form.agency, place.device, own.application)
    return remember_device(response, place) if is_held else response


def _of_this_visit(plan: Plan) -> OwnRegistration | None:
    """What this visitor began or sent before; a second press of the same form leads there again."""
    return asked_registration(plan.agency) if plan.is_first_part else find_registration_at_hand(plan.agency)


def _begun_before(plan: Plan, read: forms.Read, own: OwnRegistration | None) -> OwnRegistration | None:
    """The draft of this visit for the same person: a second press mends it and begins no other."""
    if own is None or not own.can("send") or own.application.round > 0:
        return None
    if viewer().is_logged_in:
        return own
    rules = plan.form.rules
    same = rules.email if plan.is_first_part or not rules.login else rules.login
    return own if own.answers.get(same) == read.values.get(same) else None


def _says_the_same(read: forms.Read, own: OwnRegistration) -> bool:
    return bool(read.values) and not read.errors and read.values.items() <= own.answers.items()


def _wait_for_turn(plan: Plan) -> Wait | None:
    network = place_of_request().network
    if plan.has_sum and sums.goes_without_sum():
        return take(f"register-without-sum:{network}", WITHOUT_SUM_PER_NETWORK, WINDOW)
    return take(f"register:{network}", REGISTRATIONS_PER_NETWORK, WINDOW)
