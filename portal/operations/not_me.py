"""*Bukan saya*: the owner of an old contact undoes what somebody else changed, within 24 hours."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, AccountChange
from portal.operations.account_changes import record_for_all
from portal.operations.contact_changes import put_email, put_phone
from portal.operations.credentials import drop_password
from portal.operations.outside import detach_all
from portal.operations.tokens import (
    CONTACT_KINDS,
    NOT_ME,
    RESET,
    end_all_links,
    end_links_about,
    find_open_link,
    use_up,
)
from portal.operations.visits import end_visits_of


@dataclass(frozen=True)
class Undoable:
    """A change that the owner of an old contact may still undo."""

    change: AccountChange
    account: Account


def find_undoable(secret: str) -> Undoable | None:
    """The change behind a link; a read, for previews burn nothing."""
    token = find_open_link(NOT_ME, secret)
    change = db.session.get(AccountChange, int(token.value)) if token and token.value else None
    account = db.session.get(Account, change.account_id) if change else None
    if change is None or account is None or change.undone_at:
        return None
    return Undoable(change, account)


def undo_change(secret: str) -> Undoable | None:
    """Take back this change and every later one: contacts as before, all sessions end, no password works.

    Who changed it may have changed more since, and holds the links of those: they end with it. The link of
    an earlier change goes on working: the thief of an account changes it twice, and would end it otherwise.
    Officers see it in the list of recoveries. None for a link that ended.
    """
    found, token = find_undoable(secret), find_open_link(NOT_ME, secret)
    if found is None or token is None or not use_up(token):
        return None
    account = found.account
    db.session.refresh(account, with_for_update=True)
    since = list_changes_since(found.change)
    for kind, put_back in (("phone", _phone_back), ("email", _email_back)):
        first = next((change for change in since if change.kind == kind), None)
        if first is not None:
            put_back(account, first.old_value)
    db.session.execute(
        update(AccountChange).where(AccountChange.id.in_([change.id for change in since])).values(undone_at=clock.now())
    )
    drop_password(account.id)
    detach_all(account.id)
    end_links_about(NOT_ME, account.id, {str(change.id) for change in since})
    end_all_links(account.id, (RESET, *CONTACT_KINDS))
    end_visits_of(account.id)
    record_for_all(account.id, f"undo_{found.change.kind}", Actor("applicant", account.id))
    return found


def list_changes_since(change: AccountChange) -> list[AccountChange]:
    """This change and what was changed after it, oldest first, as far as it still stands."""
    return list(
        db.session.scalars(
            select(AccountChange)
            .where(
                AccountChange.account_id == change.account_id,
                AccountChange.id >= change.id,
                AccountChange.undone_at.is_(None),
            )
            .order_by(AccountChange.id)
        )
    )


def _phone_back(account: Account, old: str | None) -> None:
    if old:
        put_phone(account, old, proven=True)
    else:
        account.phone = account.phone_digest = account.phone_proven_at = None


def _email_back(account: Account, old: str | None) -> None:
    if old:
        put_email(account, old, anyway=True)
    else:
        account.email = None
