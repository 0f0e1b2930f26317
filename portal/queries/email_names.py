"""Reads of login names that are e-mails: an account's own, and whether somebody else is proven to have one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from portal.extensions import db
from portal.models import LoginName

KIND = "email"


def email_digest(email: str) -> str:
    """The keyed hash under which an e-mail stands as a login name; capitals make no other."""
    return str(current_app.extensions["vault"].digest(KIND, email.casefold()))


def list_email_names(account_id: int, email: str) -> Sequence[LoginName]:
    """The names of an account that are this e-mail, of whichever agency."""
    return db.session.scalars(
        select(LoginName)
        .where(LoginName.account_id == account_id, LoginName.kind == KIND, LoginName.digest == email_digest(email))
        .order_by(LoginName.id)
    ).all()


def is_email_taken(names: Sequence[LoginName], email: str) -> bool:
    """Whether another account is proven to log in with this e-mail where these names are used."""
    found = select(LoginName.id).where(
        LoginName.agency.in_({name.agency for name in names}),
        LoginName.kind == KIND,
        LoginName.digest == email_digest(email),
        LoginName.proven_at.is_not(None),
        LoginName.account_id != names[0].account_id,
    )
    return db.session.scalar(found.limit(1)) is not None
