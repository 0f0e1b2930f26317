"""Changes of password, phone and e-mail: noted with what was before, and told to the old contacts."""

from __future__ import annotations

from datetime import timedelta

from portal import clock
from portal.engine.messages import first_name
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, AccountChange
from portal.operations.events import record_event
from portal.operations.outbox import due_words, post_message
from portal.operations.tokens import NOT_ME, Holder, issue_link
from portal.queries.account_registrations import list_registration_ids
from portal.queries.catalogue import get_agency

UNDO_FOR = timedelta(hours=24)
MESSAGES = {"password": "kata-kunci-diganti", "phone": "nomor-hp-diganti", "email": "email-diganti"}
PATH = "/bukan-saya/"


def note_change(
    account: Account,
    kind: str,
    *,
    agency: str,
    old: str | None = None,
    new: str | None = None,
    to_phone: str | None,
    to_email: str | None,
) -> AccountChange:
    """Keep a change that was just made, and tell the contacts that were known before it (*Bukan saya*).

    kind: password, phone or email. agency: in whose words it is told. old, new: of a contact; a
    password's are nowhere.
    """
    noted = AccountChange(
        account_id=account.id, agency=agency, kind=kind, old_value=old, new_value=new, made_at=clock.now()
    )
    db.session.add(noted)
    db.session.flush()
    record_for_all(account.id, f"change_{kind}", Actor("applicant", account.id))
    issued = issue_link(NOT_ME, Holder(account.id), lives=UNDO_FOR, value=str(noted.id), ends_earlier=False)
    post_message(
        MESSAGES[kind],
        agency=agency,
        account_id=account.id,
        to_phone=to_phone,
        to_email=to_email,
        values={
            "first_name": first_name(account.name),
            "link": f"{PATH}{issued.secret}",
            "due": due_words(issued.expires_at, get_agency(agency).zone),
        },
        dedupe=f"changed:{noted.id}",
    )
    return noted


def record_for_all(account_id: int, action: str, actor: Actor) -> None:
    """Write what happened to an account into the chain of each of its registrations."""
    for application_id in list_registration_ids(account_id):
        record_event(application_id, action, actor)
