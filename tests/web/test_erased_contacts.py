"""What an erased account leaves of its contacts: nothing by which the person could be found."""

from __future__ import annotations

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, AccountChange
from portal.operations.abandoned import erase_account
from portal.operations.account_changes import note_change
from portal.transaction import transaction
from tests.people import AGENCY
from tests.web.conftest import Citizen


def test_an_erased_account_keeps_no_trace_of_its_contacts(siti: Citizen) -> None:
    with transaction():
        account = db.session.get_one(Account, siti.account_id)
        assert account.email_digest
        note_change(account, "phone", agency=AGENCY, old="+6281", new="+6282", to_phone=None, to_email=None)
    with transaction():
        erase_account(siti.account_id)
    db.session.remove()
    assert db.session.get_one(Account, siti.account_id).email_digest is None
    assert db.session.scalars(select(AccountChange)).all() == []
