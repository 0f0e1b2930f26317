"""The registration that a visitor is busy with: their own when logged in, else the one of this visit."""

from __future__ import annotations

from flask import session

from portal.auth import viewer
from portal.queries.registrations import (
    OwnRegistration,
    find_latest_registration,
    find_registration,
)

KEY = "registration"  # in the visit's data, which is encrypted on the server
ASKED = "asked_registration"  # begun in this visit, but its mailbox is not proven: nothing of it is shown


def hold_registration(code: str) -> None:
    """Remember in this visit which registration the visitor may go on with."""
    session[KEY] = code


def hold_asked(code: str) -> None:
    """Remember in this visit for which registration a mail was asked; only the mail opens it."""
    session[ASKED] = code


def find_registration_at_hand(agency: str) -> OwnRegistration | None:
    """The registration of this visitor with an agency, or None."""
    who = viewer()
    if who.account_id is not None:
        return find_latest_registration(who.account_id, agency)
    return _held(KEY, agency)


def asked_registration(agency: str) -> OwnRegistration | None:
    """The registration for which this visitor waits for a mail, or None."""
    if viewer().is_logged_in:
        return find_registration_at_hand(agency)
    return _held(ASKED, agency)


def _held(key: str, agency: str) -> OwnRegistration | None:
    code = session.get(key)
    found = find_registration(code) if code else None
    return found if found and found.application.agency == agency else None
