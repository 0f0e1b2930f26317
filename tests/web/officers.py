"""Officers in a state, for tests of duties and second factors: app codes, duties, log in by the page."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

import pyotp
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Duty, Event, Officer, OfficerRequest
from portal.operations import visits
from portal.operations.officers import create_officer
from portal.operations.second_factor import enrol
from portal.queries.officers import find_officer_account
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import AGENCY, PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LAST = date(2027, 6, 30)


def app_code(secret: str = SECRET, *, steps: int = 0) -> str:
    """What the app shows now, or so many steps later."""
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()), counter_offset=steps)


def account_of(username: str) -> int:
    """The account behind a user name."""
    found = find_officer_account(username)
    assert found is not None
    return found


def with_factor(username: str) -> list[str]:
    """Let an officer have SECRET in an app since an hour; returns the recovery codes."""
    account_id = account_of(username)
    with clock.frozen(clock.now() - timedelta(hours=1)), transaction():
        codes = enrol(account_id, SECRET, app_code())
    assert codes is not None
    return codes


def new_officer(username: str, role: str, *, agency: str = AGENCY, office: str = "") -> int:
    """Another officer with one duty."""
    with transaction():
        return create_officer(username.title(), username, PASSWORD, [(agency, office, role)])


def client_of(site: Flask, username: str) -> CheckedClient:
    """A browser in which an officer is logged in, without the log in page."""
    sid, client = secrets.token_urlsafe(32), site.test_client()
    with transaction():
        visits.open_visit(
            sid,
            replaces="",
            audience="officer",
            account_id=account_of(username),
            agency="",
            expires_in=timedelta(hours=1),
        )
    client.set_cookie("petugas", sid)
    assert isinstance(client, CheckedClient)
    return client


def type_password(client: CheckedClient, username: str) -> object:
    """User name and password on the page; does not follow."""
    client.get("/petugas/masuk")
    return client.submit({"username": username, "password": PASSWORD}, form="login", follow=False)


def duty_of(username: str, role: str) -> Duty:
    """The newest duty of an officer in a role, freshly read."""
    db.session.remove()
    statement = select(Duty).where(Duty.account_id == account_of(username), Duty.role == role).order_by(Duty.id.desc())
    return db.session.scalars(statement).first()


def request_for(username: str) -> OfficerRequest:
    """The newest request that concerns an officer."""
    db.session.remove()
    statement = select(OfficerRequest).where(OfficerRequest.account_id == account_of(username))
    return db.session.scalars(statement.order_by(OfficerRequest.id.desc())).first()


def acts_of(subject_type: str) -> list[str]:
    """The actions recorded for all subjects of a type, in order."""
    return list(db.session.scalars(select(Event.action).where(Event.subject_type == subject_type).order_by(Event.id)))


def officer_row(username: str) -> Officer:
    """The desk's row of an officer, freshly read."""
    db.session.remove()
    return db.session.get(Officer, account_of(username))
