"""What an account holds: its registrations, contacts and news, and the way out on every device."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Response, flash, request, url_for

from portal.auth import log_out, requires, viewer
from portal.blueprints.account import bp
from portal.operations.created_accounts import login_name_of
from portal.operations.inbox import mark_seen
from portal.operations.registrations import ask_new_link
from portal.operations.throttle import take
from portal.operations.visits import end_visits_of
from portal.queries.catalogue import declared_for, get_agency
from portal.queries.messages import count_unseen, list_inbox
from portal.queries.recoveries import read_account
from portal.queries.registrations import (
    OwnRegistration,
    find_reason,
    get_own_registration,
    list_own_registrations,
)
from portal.transaction import transaction
from portal.web.contacts import masked
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext

LINKS_AN_HOUR = 3


@bp.get("/akun")
@requires("citizen")
def show_account() -> Response:
    """Name, registrations, contacts and news."""
    who = viewer()
    assert who.account_id is not None
    show_agency(who.agency or None)
    account, is_asked_for = read_account(who.account_id)
    registrations = [
        {
            "code": application.code,
            "agency": get_agency(application.agency).name,
            "state": declared_for(application).workflow.states[application.state],
            "waits": declared_for(application).workflow.states[application.state].waits == "applicant",
        }
        for application in list_own_registrations(who.account_id)
    ]
    return answer(
        "account/account.html",
        account_name=account.name,
        phone=masked("phone", account.phone),
        email=masked("email", account.email),
        registrations=registrations,
        closed=[{"code": code, "name": get_agency(code).name} for code in who.closed],
        inbox=[_news(row) for row in list_inbox(who.account_id, who.closed)],
        unseen=count_unseen(who.account_id, closed=who.closed),
        is_asked_for=is_asked_for,
    )


@bp.post("/akun/kabar")
@requires("citizen")
def mark_news_read() -> Response:
    """[Tandai sudah dibaca]: what stood on the page is no longer new; what came since is."""
    who = viewer()
    assert who.account_id is not None
    if until := _moment(request.form.get("until", "")):
        with transaction():
            mark_seen(who.account_id, until=until)
    return see_other(url_for("account.show_account") + "#kabar")


@bp.post("/akun/keluar-semua")
@requires("citizen")
def log_out_everywhere() -> Response:
    """End every visit of this account, such as after a phone was lost."""
    who = viewer()
    assert who.account_id is not None
    with transaction():
        end_visits_of(who.account_id)
    log_out()
    flash(gettext("You are logged out on every device."), "good")
    return see_other(url_for("account.log_in_page"))


@bp.get("/akun/pendaftaran/<code>")
@requires("citizen")
def show_own_registration(code: str) -> Response:
    """The state of one's registration and the one next step (SIN-27, SIN-42)."""
    own = _own(code)
    if own.application.agency in viewer().closed:
        # What was typed there, and why an officer refused it, lies behind the stronger log-in.
        return see_other(url_for("account.show_login", agency=own.application.agency, lanjut=request.path))
    return answer(
        "account/registration.html",
        own=own,
        application=own.application,
        agency=own.application.agency,
        reason=find_reason(own.application),
        login_field=own.declared.service.field(own.rules.login),
        login_value=own.masked(own.rules.login) or login_name_of(own.application),
        name=own.answers.get(own.declared.service.subject.name, ""),
        phone=own.masked(own.rules.phone),
        may_change=own.application.agency in viewer().enrolments and (own.state.final or own.can("cancel_change")),
        is_routed_by_office=own.rules.scope == "office",
    )


@bp.post("/akun/pendaftaran/<code>/link")
@requires("citizen")
def request_activation_link(code: str) -> Response:
    """Send the activation link again; the earlier one ends (SIN-22)."""
    own = _own(code)
    if take(f"links:{own.application.id}", LINKS_AN_HOUR, timedelta(hours=1)):
        flash(gettext("A link was sent a moment ago. Look in WhatsApp and in your e-mail."), "action")
    else:
        with transaction():
            ask_new_link(own)
        flash(gettext("A new link is on its way by WhatsApp and e-mail."), "good")
    return see_other(url_for("account.show_own_registration", code=code))


def _news(row: Any) -> dict[str, Any]:
    """One message as paragraphs; its links stay text, the way to the application stands beside it."""
    return {
        "subject": row.subject or "",
        "lines": [line for line in (row.body or "").splitlines() if line],
        "at": row.created_at,
        "is_new": row.seen_at is None,
        "code": row.code,
    }


def _moment(posted: str) -> datetime | None:
    """The hidden time of the form; None when it is not what the page wrote."""
    try:
        found = datetime.fromisoformat(posted)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _own(code: str) -> OwnRegistration:
    own = get_own_registration(code, viewer().account_id)
    show_agency(own.application.agency)
    return own
