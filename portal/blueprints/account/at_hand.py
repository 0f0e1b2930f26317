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


def hold_registration(code: str) -> None:
    """Remember in this visit which registration the visitor began."""
    session[KEY] = code


def find_registration_at_hand(agency: str) -> OwnRegistration | None:
    """The registration of this visitor with an agency, or None."""
    who = viewer()
    if who.account_id is not None:
        return find_latest_registration(who.account_id, agency)
    code = session.get(KEY)
    found = find_registration(code) if code else None
    return found if found and found.application.agency == agency else None
