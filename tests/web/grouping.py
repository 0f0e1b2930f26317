"""Members of groups for tests: raised as an admin would, and the switch of the mode as its page does it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models import Membership
from portal.operations.groups import Rise, raise_applicant
from portal.queries.officers import find_officer_account
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.people import AGENCY, REGION

SPECIAL = "akta-kelahiran-faskes"
FIRST, LAST = date(2026, 11, 1), date(2027, 6, 30)


def rise(**changes: Any) -> Rise:
    """A midwife of Kajen, who may use the special service."""
    values: dict[str, Any] = {
        "agency": AGENCY,
        "group": "bidan",
        "institution": "Puskesmas Kajen",
        "area": REGION,
        "services": (SPECIAL,),
        "starts_on": FIRST,
        "ends_on": LAST,
    }
    return Rise(**{**values, **changes})


def raised(account_id: int, **changes: Any) -> tuple[int, str]:
    """(id, code) of the membership of an applicant whom the admin has just raised."""
    admin = find_officer_account("adi")
    assert admin is not None
    with transaction():
        membership_id = raise_applicant(account_id, rise(**changes), by=admin)
    return membership_id, db.session.scalars(select(Membership.code).where(Membership.id == membership_id)).one()


def switch(client: CheckedClient, code: str = "") -> Any:
    """Press the button of a mode on its page; "" is personal."""
    client.get("/akun/mode")
    return client.post(
        "/akun/mode", data={"csrf_token": client.page.form("/akun/mode").values["csrf_token"], "mode": code}
    )
