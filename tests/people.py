"""People for tests: officers of each role, and enrolled citizens with numbers that are nobody's.

Area code 99 does not exist, so no number here is anybody's.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal import clock
from portal.engine.assurance import STRONGEST
from portal.extensions import db
from portal.models import Account, Application, Enrolment, LoginName
from portal.operations import counts, visits
from portal.operations.applications import start_application
from portal.operations.credentials import set_password
from portal.operations.declarations import sync_declarations
from portal.operations.officers import create_officer
from portal.operations.places import seed_holidays, seed_regions
from portal.queries.catalogue import catalogue
from tests.client import CheckedClient

AGENCY = "dukcapil"
SERVICE = "akta-kelahiran"
REGION = "33.26.07"
VILLAGE = "33.26.07.2008"
PASSWORD = "tiga kucing di pasar"
OFFICERS = {
    "verifier": ("Vera Verifikator", "vera"),
    "second-verifier": ("Vino Verifikator", "vino"),
    "registrar": ("Rina Registrasi", "rina"),
    "second-registrar": ("Roni Registrasi", "roni"),
    "signer": ("Drs. Sapto Penanda", "sapto"),
    "supervisor": ("Supri Supervisor", "supri"),
    "admin": ("Adi Admin", "adi"),
    "dpo": ("Dian Pelindung", "dian"),
}


def prepare() -> None:
    """Declarations, the agency's places, holidays, and one officer of each role."""
    sync_declarations(catalogue())
    seed_regions(within=REGION)
    seed_holidays()
    for role, (name, username) in OFFICERS.items():
        create_officer(name, username, PASSWORD, [(AGENCY, "", role.removeprefix("second-"))])


def enrol_citizen(nik: str, name: str, kk: str) -> int:
    """An account with an active enrolment, as if registration and activation lay behind it."""
    vault, now = current_app.extensions["vault"], clock.now()
    phone = "+62812345" + nik[-5:]
    account = Account(
        name=name,
        created_at=now,
        phone=phone,
        phone_digest=vault.digest("phone", phone),
        phone_proven_at=now,
        email=f"{nik[-4:]}@example.com",
    )
    db.session.add(account)
    db.session.flush()
    set_password(account.id, PASSWORD)
    declared = catalogue().agency(AGENCY)
    service = catalogue().registration(AGENCY)
    assert service is not None
    registration = start_application(declared, service, account_id=account.id)
    counts.move(registration, registration.state, "active")
    registration.state = "active"
    db.session.add(
        LoginName(
            account_id=account.id,
            agency=AGENCY,
            kind="nik",
            digest=vault.digest("nik", nik),
            proven_at=now,
        )
    )
    profile = {
        "nik": nik,
        "name": name,
        "kk": kk,
        "birth_place": "PEKALONGAN",
        "born_on": "1990-08-05",
        "mother_name": "MURNI",
        "region": VILLAGE,
        "phone": phone,
        "email": account.email,
    }
    db.session.add(
        Enrolment(
            account_id=account.id,
            agency=AGENCY,
            application_id=registration.id,
            nik_digest=vault.digest("nik", nik),
            kk_digest=vault.digest("kk", kk),
            profile=profile,
            enrolled_at=now,
            assurance=STRONGEST,
        )
    )
    db.session.flush()
    return account.id


def log_in_citizen(client: Any, account_id: int) -> CheckedClient:
    """Give the client a citizen's visit, without the login page."""
    return _log_in(client, account_id, "citizen", "loket")


def log_in_officer(client: Any, role: str) -> CheckedClient:
    """Give the client an officer's visit, without the login page."""
    digest = current_app.extensions["vault"].digest("username", OFFICERS[role][1])
    account_id = db.session.scalar(select(LoginName.account_id).where(LoginName.digest == digest))
    assert account_id is not None
    return _log_in(client, account_id, "officer", "petugas")


def log_in_officer_account(client: Any, account_id: int) -> CheckedClient:
    """Give the client the visit of an officer who is known by the account."""
    return _log_in(client, account_id, "officer", "petugas")


def _log_in(client: Any, account_id: int, audience: str, cookie: str) -> CheckedClient:
    from portal.transaction import transaction

    sid = secrets.token_urlsafe(32)
    with transaction():
        visits.open_visit(
            sid,
            replaces="",
            audience=audience,
            account_id=account_id,
            agency=AGENCY if audience == "citizen" else "",
            expires_in=timedelta(hours=1),
            assurance=STRONGEST,
        )
    client.set_cookie(cookie, sid)
    assert isinstance(client, CheckedClient)
    return client


def application(code: str) -> Application:
    """The application behind a code, freshly read."""
    db.session.remove()
    found = db.session.scalar(select(Application).where(Application.code == code))
    assert found is not None
    return found
