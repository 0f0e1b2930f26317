"""Reads of outside identities: whom one opens, and which ones an account has."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, OutsideIdentity
from portal.queries.rows import AnyRow


def find_identity(issuer: str, subject_digest: str) -> AnyRow | None:
    """(id, account_id) behind an identity, unless the account is blocked as a whole."""
    return db.session.execute(
        select(OutsideIdentity.id, OutsideIdentity.account_id)
        .join(Account, Account.id == OutsideIdentity.account_id)
        .where(
            OutsideIdentity.issuer == issuer,
            OutsideIdentity.subject_digest == subject_digest,
            Account.blocked_at.is_(None),
        )
    ).one_or_none()


def list_identities(account_id: int) -> Sequence[AnyRow]:
    """provider, shown, attached_at and used_at of the identities of an account, by provider."""
    return db.session.execute(
        select(OutsideIdentity.provider, OutsideIdentity.shown, OutsideIdentity.attached_at, OutsideIdentity.used_at)
        .where(OutsideIdentity.account_id == account_id)
        .order_by(OutsideIdentity.provider, OutsideIdentity.id)
    ).all()
