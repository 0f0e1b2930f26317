"""Posting: a message is a row of the outbox first, worded here and sent by somebody else (XCT-01)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app

from portal import clock
from portal.engine.calendars import long_day
from portal.engine.journey import PERSONAL
from portal.engine.messages import first_name, render_message
from portal.engine.placeholders import names_in
from portal.extensions import db
from portal.models import Account, Application, Message
from portal.operations.once import insert_once
from portal.operations.stopped_numbers import is_stopped, stop_path
from portal.queries.account_registrations import list_former_contacts
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared, catalogue, declared_for
from portal.queries.texts import current_message
from portal.queue import JobName, enqueue_after_commit

STOPPED = "stopped"  # the problem of a message to a number whose owner wants none
# What a message of a sensitive service says in the place of what it may not say.
NEUTRAL = {
    "first_name": "Bapak/Ibu",
    "agency": "Loket",
    "service": "layanan",
    "state": "ada kabar",
}


def post_message(
    key: str,
    *,
    agency: str,
    values: Mapping[str, str] | None = None,
    dedupe: str,
    account_id: int | None = None,
    application: Application | None = None,
    to_phone: str | None = None,
    to_email: str | None = None,
) -> int:
    """Put a declared message into the outbox, once for each channel that it names and has an address.

    key: of a message of the agency. values: what the texts name beyond the usual ones (agency, help,
    and of an application first_name, code, service, state, link); a `link` that begins with / is
    made whole with PUBLIC_URL. dedupe: at most 150 characters; the same again adds nothing.
    Returns how many rows were new. Raises KeyError when a text names a value that nobody gave.
    """
    message = current_message(agency, key)
    given = dict(values or {})
    if to_phone and account_id is not None and "not_mine" in names_in(message.whatsapp):
        given["not_mine"] = address(stop_path(account_id, to_phone))
    texts = render_message(message, {"not_mine": ""} | _values(agency, application, given))
    # A code is how a number is proven again; everything else stays away from whoever holds it now.
    is_off = "otp" not in given and is_stopped(account_id, to_phone)
    addresses = {"whatsapp": to_phone, "email": to_email, "inbox": str(account_id or "")}
    now, added = clock.now(), 0
    for channel in message.channels:
        if not addresses[channel] or (channel == "inbox" and account_id is None):
            continue
        is_inbox = channel == "inbox"
        is_dead = is_off and channel == "whatsapp"
        added += insert_once(
            Message,
            public_id=secrets.token_urlsafe(16),
            dedupe_key=f"{dedupe}:{channel}",
            channel=channel,
            agency=agency,
            template=key,
            recipient=None if is_inbox else addresses[channel],
            subject=texts.subject,
            body=texts.whatsapp if channel == "whatsapp" else texts.email,
            account_id=account_id,
            application_id=application.id if application is not None else None,
            state="sent" if is_inbox else "dead" if is_dead else "queued",
            attempts=0,
            problem=STOPPED if is_dead else "",
            next_at=now,
            created_at=now,
            sent_at=now if is_inbox else None,
        )
    if added:
        enqueue_after_commit(JobName.DELIVER_OUTBOX)
    return added


def notify_applicant(
    application: Application, key: str, *, dedupe: str, values: Mapping[str, str] | None = None
) -> int:
    """Send news of an application to its applicant: the contacts in the answers, else those of the account."""
    account = db.session.get(Account, application.account_id) if application.account_id else None
    phone, email = contacts_of(application, account)
    return post_message(
        key,
        agency=application.agency,
        values=values,
        dedupe=dedupe,
        account_id=application.account_id,
        application=application,
        to_phone=phone,
        to_email=email,
    )


def contacts_of(application: Application, account: Account | None) -> tuple[str | None, str | None]:
    """(telephone, e-mail) for news of an application; None where nothing is known.

    What was sent under a contact that the account has changed since goes to the present one. News of what
    a group member does for somebody else is the member's: they alone can open its link.
    """
    if application.mode != PERSONAL and account is not None:
        return account.phone, account.email
    service = declared_for(application).service
    keys = dict(service.contacts)
    if service.registration is not None:
        keys.setdefault("phone", service.registration.phone)
        keys.setdefault("email", service.registration.email)
    given = {k: v for step in answers_of(application.id).values() for k, v in step.items()}
    phone = given.get(keys.get("phone", ""), "") or (account.phone if account else None)
    email = given.get(keys.get("email", ""), "") or (account.email if account else None)
    if account is not None:
        former = list_former_contacts(account.id)
        phone = account.phone if phone in former else phone
        email = account.email if email in former else email
    return phone or None, email or None


def due_words(at: datetime, zone: str) -> str:
    """`29 November 2026 pukul 14.05 WIB`: the day and hour until which something is to be done."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{long_day(local)} pukul {local:%H.%M} {local.tzname()}"


def address(path: str) -> str:
    """A path of the portal as a link that can be sent, never built from what a request says of itself."""
    base: str = current_app.extensions["config"].public_url
    return f"{base}{path}"


def _values(agency_code: str, application: Application | None, given: Mapping[str, str]) -> dict[str, str]:
    agency = catalogue().agency(agency_code)
    values = {"agency": agency.short_name, "help": _help(agency.call_centre)}
    if application is not None:
        values |= _application_values(application, declared_for(application))
    values |= given
    if values.get("link", "").startswith("/"):
        values["link"] = address(values["link"])
    if application is not None and declared_for(application).service.sensitive:
        values |= {key: words for key, words in NEUTRAL.items() if key in values}
    return values


def _application_values(application: Application, declared: Declared) -> dict[str, str]:
    account = db.session.get(Account, application.account_id) if application.account_id else None
    state = declared.workflow.states[application.state]
    values = {
        # Capitals shout, and nobody writes a first name so to a person.
        "first_name": first_name((account.name if account else "") or application.subject_name)
        or NEUTRAL["first_name"],
        "code": application.code,
        "service": declared.service.title,
        "state": state.citizen,
        "link": _link(application, declared),
    }
    if (due := _due(application, declared)) is not None:
        values["due"] = due
    return values


def _link(application: Application, declared: Declared) -> str:
    rules = declared.service.registration
    if rules is not None and rules.login_names:
        # Who gets the account from an officer has nothing to log in with before (KAR-24).
        return f"/daftar/{application.agency}/status"
    if application.kind == "registration":
        return f"/masuk/{application.agency}"
    return f"/permohonan/{application.code}"


def _due(application: Application, declared: Declared) -> str | None:
    """Until when the present state may last: the first clock that runs in it, else the promised day."""
    ends = [
        application.entered_at + action.timer.after
        for action in declared.workflow.actions.values()
        if action.timer is not None and application.state in action.from_
    ]
    if ends:
        return due_words(min(ends), declared.agency.zone)
    if application.due_on is not None:
        return long_day(application.due_on)
    return None


def _help(call_centre: str) -> str:
    return f"https://wa.me/{call_centre.lstrip('+')}"
