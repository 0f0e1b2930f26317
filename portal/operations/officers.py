"""Officers: accounts with a user name and duties."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.models import Account, Duty, LoginName
from portal.operations.credentials import set_password
from portal.queries.catalogue import get_agency

DESK = ""  # the agency of an officer's login name: one desk for all agencies
KIND = "username"


def create_officer(name: str, username: str, password: str, duties: Sequence[tuple[str, str, str]]) -> int:
    """An officer's account; returns its id.

    duties: (agency, office, role); office "" for the whole agency. Raises Invalid for a role that
    the agency does not declare, Conflict for a user name that is taken.
    """
    for agency_code, _, role in duties:
        agency = get_agency(agency_code)
        if role not in agency.roles:
            raise Invalid({"role": f"{agency.short_name} tidak punya peran {role}."})
    now = clock.now()
    account = Account(name=name, created_at=now)
    db.session.add(account)
    db.session.flush()
    digest = current_app.extensions["vault"].digest(KIND, username)
    db.session.add(LoginName(account_id=account.id, agency=DESK, kind=KIND, digest=digest, proven_at=now))
    for agency_code, office, role in duties:
        today = clock.today(get_agency(agency_code).zone)
        db.session.add(Duty(account_id=account.id, agency=agency_code, office=office, role=role, starts_on=today))
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(f"Nama pengguna {username} sudah dipakai.") from error
    set_password(account.id, password)
    return account.id
