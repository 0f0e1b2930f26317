"""Reads behind a log in: which accounts answer to a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Credential, LoginName


def list_login_candidates(
    agency: str, kind: str, digest: str, limit: int, *, proven_only: bool = False
) -> Sequence[int]:
    """Accounts that claim a name: the proven one first, then claims whose phone was proven, newest first.

    agency: "" for officers, who pass `proven_only`. A claim reserves nothing (design §4).
    """
    statement = (
        select(LoginName.account_id)
        .join(Account, Account.id == LoginName.account_id)
        .where(
            LoginName.agency == agency,
            LoginName.kind == kind,
            LoginName.digest == digest,
            Account.blocked_at.is_(None),
        )
        .order_by(LoginName.proven_at.is_(None), Account.phone_proven_at.is_(None), LoginName.id.desc())
        .limit(limit)
    )
    if proven_only:
        statement = statement.where(LoginName.proven_at.is_not(None))
    return db.session.scalars(statement).all()


def find_proven_account(agency: str, kind: str, digest: str) -> Account | None:
    """The account that an officer has proven to own a name, or None."""
    return db.session.scalar(
        select(Account)
        .join(LoginName, LoginName.account_id == Account.id)
        .where(
            LoginName.agency == agency,
            LoginName.kind == kind,
            LoginName.digest == digest,
            LoginName.proven_at.is_not(None),
        )
    )


def list_password_hashes(account_ids: Sequence[int]) -> dict[int, str]:
    """Account id -> argon2 hash, of the accounts that have a password."""
    rows = db.session.execute(
        select(Credential.account_id, Credential.password_hash).where(Credential.account_id.in_(account_ids))
    )
    return {row.account_id: row.password_hash for row in rows}
