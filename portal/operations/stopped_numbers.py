"""Numbers that changed hands: their new owner stops an account's messages until it proves a number again."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, StoppedNumber, Token
from portal.operations.events import record_event
from portal.operations.once import insert_once
from portal.operations.tokens import NOT_MINE, find_open_link, use_up
from portal.queries.account_registrations import list_registration_ids

LINK_LIFE = timedelta(days=90)  # from the last message that carried it
PATH = "/bukan-nomor-saya/"


def stop_path(account_id: int, number: str) -> str:
    """The address behind which the owner of a number stops an account's messages to it.

    It is the same in all messages of the account to this number, and its life begins anew with each.
    """
    vault = current_app.extensions["vault"]
    digest = number_digest(number)
    secret = vault.digest("not-mine-link", f"{account_id}|{digest}")[:32]
    mark, now = vault.digest(NOT_MINE, secret), clock.now()
    is_new = insert_once(
        Token,
        kind=NOT_MINE,
        digest=mark,
        account_id=account_id,
        value=digest,
        tries=0,
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    if not is_new:
        db.session.execute(
            update(Token)
            .where(Token.digest == mark)
            .values(expires_at=now + LINK_LIFE, used_at=None)
            .execution_options(synchronize_session=False)
        )
    return f"{PATH}{secret}"


def is_stopped(account_id: int | None, number: str | None) -> bool:
    """Whether messages of an account may not go to this number."""
    if account_id is None or not number:
        return False
    return (
        db.session.scalar(
            select(StoppedNumber.id).where(
                StoppedNumber.account_id == account_id, StoppedNumber.digest == number_digest(number)
            )
        )
        is not None
    )


def stop_number(secret: str) -> bool:
    """Stop an account's messages to the number that a link was sent to; False for a link that ended.

    The account's number counts as unproven from now on, so that its owner proves one at the next log in.
    """
    token = find_open_link(NOT_MINE, secret)
    if token is None or token.account_id is None or not token.value or not use_up(token):
        return False
    insert_once(StoppedNumber, account_id=token.account_id, digest=token.value, stopped_at=clock.now())
    account = db.session.get(Account, token.account_id)
    if account is not None and secrets.compare_digest(account.phone_digest or "", token.value):
        account.phone_proven_at = None
    for application_id in list_registration_ids(token.account_id):
        record_event(application_id, "stop_number", Actor("system"))
    return True


def lift_stop(account_id: int, number: str) -> None:
    """The account proved this number: whoever holds it now is its owner."""
    db.session.execute(
        delete(StoppedNumber).where(
            StoppedNumber.account_id == account_id, StoppedNumber.digest == number_digest(number)
        )
    )


def number_digest(number: str) -> str:
    """The keyed hash of a number, as on the account."""
    return str(current_app.extensions["vault"].digest("phone", number))


def find_stop(secret: str) -> bool:
    """Whether a link still stops something; a read, for previews burn nothing."""
    return find_open_link(NOT_MINE, secret) is not None
