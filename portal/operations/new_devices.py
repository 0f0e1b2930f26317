"""News of a log-in from a device that an account never used: its owner may answer *Bukan saya*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from portal import clock
from portal.engine.messages import first_name
from portal.extensions import db
from portal.models import Account
from portal.operations.credentials import drop_password
from portal.operations.logins import forget_places
from portal.operations.outbox import due_words, post_message
from portal.operations.outside import detach_all
from portal.operations.tokens import CONTACT_KINDS, RESET, Holder, end_all_links, find_open_link, issue_link, use_up
from portal.operations.visits import end_visits_of
from portal.queries.catalogue import get_agency

KIND = "not-my-login"
PATH = "/masuk/bukan-saya/"
LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Disowned:
    """Whose log-in is disowned, and with which agency one sets a new password."""

    account_id: int
    agency: str


def tell_of_new_device(account_id: int, agency: str, device: str) -> None:
    """Tell the known contacts, with a link that closes everything. device: a label; "" when it has none."""
    _tell("masuk-perangkat-baru", account_id, agency, device or "perangkat lain")


def tell_of_outside(account_id: int, agency: str, label: str) -> None:
    """Tell them of an outside identity that opens the account from now on. label: of its provider."""
    if agency:
        _tell("masuk-luar-dihubungkan", account_id, agency, label)


def _tell(key: str, account_id: int, agency: str, device: str) -> None:
    account = db.session.get(Account, account_id)
    assert account is not None
    issued = issue_link(KIND, Holder(account_id), lives=LIFE, value=agency, ends_earlier=False)
    post_message(
        key,
        agency=agency,
        account_id=account_id,
        to_phone=account.phone if account.phone_proven_at else None,
        to_email=account.email,
        values={
            "first_name": first_name(account.name),
            "device": device,
            "at": due_words(clock.now(), get_agency(agency).zone),
            "link": f"{PATH}{issued.secret}",
        },
        dedupe=f"{key}:{issued.id}",
    )


def find_disowned(secret: str) -> Disowned | None:
    """Whom a link speaks for, while it may be used; a read, for previews burn nothing."""
    token = find_open_link(KIND, secret)
    if token is None or token.account_id is None:
        return None
    return Disowned(token.account_id, token.value or "")


def disown_login(secret: str) -> Disowned | None:
    """It was somebody else: every session ends, no password and no outside identity opens the account any more.

    None for a link that was used or has ended. A new password is set by the agency's own rule.
    """
    token = find_open_link(KIND, secret)
    if token is None or token.account_id is None or not use_up(token):
        return None
    drop_password(token.account_id)
    detach_all(token.account_id)
    forget_places(token.account_id)
    end_visits_of(token.account_id)
    end_all_links(token.account_id, (RESET, *CONTACT_KINDS))
    return Disowned(token.account_id, token.value or "")
