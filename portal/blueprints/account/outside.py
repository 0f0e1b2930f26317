"""Logging in by Google or Facebook, and attaching such an identity to an account (PAS-02)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, session, url_for

from portal import clock
from portal.auth import requires, viewer
from portal.blueprints.account import bp
from portal.blueprints.account.login import PASSWORD_INPUT, local_path, welcome
from portal.blueprints.account.place import named_place, place_of_request
from portal.errors import NotFound
from portal.integrations.oidc import CALLBACK, Begun, Identity, OutsideProvider, OutsideRefused
from portal.operations.credentials import check_password
from portal.operations.logins import is_at_home, standing_at
from portal.operations.new_devices import tell_of_outside
from portal.operations.outbox import address
from portal.operations.outside import attach, detach, note_use, outside_worth, subject_digest
from portal.operations.throttle import allow, note_failure, note_success
from portal.queries.catalogue import catalogue
from portal.queries.outside import find_identity, list_identities
from portal.queries.registrations import RegistrationForm, get_registration_form
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.outside import find_provider, lead_to_providers, outside_buttons

UNDER_WAY, OFFERED = "outside", "outside_offer"  # in the visit's data, which is encrypted on the server
WAY_LIFE = 10 * 60  # seconds that one may take at the provider
OFFER_LIFE = 60 * 60


@bp.post("/masuk/<agency>/luar")
@requires("everyone")
def begin_outside_login(agency: str) -> Response:
    """Send the browser to the provider that was pressed, if the agency declares it."""
    form = get_registration_form(agency)
    key = request.form.get("provider", "")
    provider = _provider(key) if key in form.rules.outside else None
    if provider is None:
        raise NotFound("provider")
    kept = {"agency": agency, "lanjut": local_path(request.form.get("lanjut", ""))}
    return _send(provider, kept, url_for("account.show_login", agency=agency))


@bp.get("/masuk/luar/<provider>")
@requires("everyone")
def finish_outside(provider: str) -> Response:
    """The provider sent the browser back; what it says counts once, for the visit that asked for it."""
    kept = session.pop(UNDER_WAY, None)
    if not kept or kept["provider"] != provider or kept["until"] < clock.now().timestamp():
        flash(gettext("This attempt is over. Please begin anew."), "action")
        return see_other(url_for("account.log_in_page"))
    is_attaching = "account_id" in kept
    back = url_for("account.show_outside") if is_attaching else url_for("account.show_login", agency=kept["agency"])
    if is_attaching and kept["account_id"] != viewer().account_id:
        raise NotFound("account")
    begun = Begun("", kept["state"], kept["nonce"], kept["verifier"])
    try:
        identity = _provider(provider).finish(begun, request.args.to_dict(), _callback(provider))
    except OutsideRefused as refusal:
        return _sorry(refusal, _provider(provider), back)
    return _attach(kept, identity, back) if is_attaching else _enter(kept, identity, back)


@bp.get("/masuk/<agency>/luar/baru")
@requires("everyone")
def show_unknown_identity(agency: str) -> Response:
    """Nobody's yet: register, or log in and attach it."""
    get_registration_form(agency)
    offer = _offer(agency)
    if offer is None:
        return see_other(url_for("account.show_login", agency=agency))
    show_agency(agency)
    return answer("account/unknown_identity.html", agency=agency, label=offer["label"])


@bp.get("/akun/masuk-luar")
@requires("citizen")
def show_outside() -> Response:
    """Which outside identities open this account, and the ways to add or remove one."""
    return _page()


@bp.post("/akun/masuk-luar/<provider>")
@requires("citizen")
def begin_attaching(provider: str) -> Response:
    """The password first: whoever found the phone open attaches nothing."""
    who = viewer()
    assert who.account_id is not None
    found = _provider(provider)
    place = place_of_request()
    device = place.device if is_at_home(who.account_id, place) else ""
    tries = (f"attach:{who.account_id}", device, place.network)
    if wait := allow(*tries, known=True):
        return _page(wait=wait.seconds, status=429)
    if check_password([who.account_id], request.form.get(f"{PASSWORD_INPUT}-{provider}", "")) is None:
        note_failure(*tries, known=True)
        return _page(wrong=provider, status=422)
    note_success(*tries, known=True)
    kept = {"agency": who.agency, "account_id": who.account_id}
    return _send(found, kept, url_for("account.show_outside"))


@bp.post("/akun/masuk-luar/<provider>/lepas")
@requires("citizen")
def detach_outside(provider: str) -> Response:
    """The identity no longer opens this account."""
    who = viewer()
    assert who.account_id is not None
    with transaction():
        detach(who.account_id, provider)
    flash(gettext("It no longer opens your account."), "good")
    return see_other(url_for("account.show_outside"))


def offered_values(form: RegistrationForm) -> dict[str, str]:
    """Name and e-mail as a provider told them, to begin a form with: typed values, to be proven as any other."""
    offer = _offer(form.agency.code)
    if offer is None:
        return {}
    keys = {"name": form.rules.profile.get("name", form.service.subject.name), "email": form.rules.email}
    return {key: offer[said] for said, key in keys.items() if key and form.service.field(key) and offer[said]}


def _enter(kept: dict[str, Any], identity: Identity, back: str) -> Response:
    agency = kept["agency"]
    found = find_identity(identity.issuer, subject_digest(identity))
    if found is None:
        session[OFFERED] = {
            "agency": agency,
            "label": _provider(identity.provider).config.label,
            "name": identity.name[:200],
            "email": identity.email[:200],
            "until": clock.now().timestamp() + OFFER_LIFE,
        }
        return see_other(url_for("account.show_unknown_identity", agency=agency))
    standing = standing_at(found.account_id, agency)
    if not standing.may_enter:
        state = standing.state
        told = f"{state.citizen}. {state.means}" if state else ""
        flash(f"{gettext('You cannot log in here yet.')} {told}".strip(), "action")
        return see_other(back)
    with transaction():
        note_use(found.id)
    worth = outside_worth(agency)
    return welcome(found.account_id, agency, named_place(), worth=worth, by_password=False, onward=kept["lanjut"])


def _attach(kept: dict[str, Any], identity: Identity, back: str) -> Response:
    label = _provider(identity.provider).config.label
    with transaction():
        outcome = attach(kept["account_id"], identity)
        if outcome == "new":
            tell_of_outside(kept["account_id"], kept["agency"], label)
    if outcome == "taken":
        told = gettext("This %(label)s account, or another one of %(label)s, is attached already.", label=label)
        flash(told, "bad")
    else:
        flash(gettext("You can now also log in by %(label)s.", label=label), "good")
    return see_other(back)


def _send(provider: OutsideProvider, kept: dict[str, Any], back: str) -> Response:
    """To the provider, with the secrets of this attempt kept in the visit."""
    key = provider.config.key
    try:
        begun = provider.begin(_callback(key))
    except OutsideRefused as refusal:
        return _sorry(refusal, provider, back)
    secrets = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
    session[UNDER_WAY] = kept | secrets | {"provider": key, "until": clock.now().timestamp() + WAY_LIFE}
    return see_other(begun.url)


def _sorry(refusal: OutsideRefused, provider: OutsideProvider, back: str) -> Response:
    label = provider.config.label
    told = {
        "down": gettext("%(label)s does not answer at the moment. Log in with your password.", label=label),
        "denied": gettext("You did not let %(label)s log you in. Nothing was changed.", label=label),
        "forged": gettext("The answer of %(label)s could not be trusted. Please begin anew.", label=label),
    }
    flash(told[refusal.problem], "info" if refusal.problem == "denied" else "bad")
    return see_other(back)


def _page(*, wrong: str = "", wait: int = 0, status: int = 200) -> Response:
    who = viewer()
    assert who.account_id is not None
    show_agency(who.agency or None)
    rows = {row.provider: row for row in list_identities(who.account_id)}
    rules = [service.registration for code in catalogue().agencies if (service := catalogue().registration(code))]
    declared = dict.fromkeys(key for one in rules if one for key in one.outside)
    buttons = [button | {"attached": rows.get(button["key"])} for button in outside_buttons(declared)]
    page = answer("account/outside.html", status=status, buttons=buttons, wrong=wrong, wait=wait)
    return lead_to_providers(page)


def _offer(agency: str) -> dict[str, Any] | None:
    offer: dict[str, Any] | None = session.get(OFFERED)
    is_live = offer is not None and offer["agency"] == agency and offer["until"] > clock.now().timestamp()
    return offer if is_live else None


def _provider(key: str) -> OutsideProvider:
    found = find_provider(key)
    if found is None:
        raise NotFound("provider")
    return found


def _callback(key: str) -> str:
    """The address that is registered with the provider, never built from what a request says of itself."""
    return address(f"{CALLBACK}{key}")
