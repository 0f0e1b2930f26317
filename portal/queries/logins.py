"""Reads behind a log in: which accounts answer to a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Credential, KnownPlace, LoginName
from portal.queries.rows import AnyRow


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


def list_known_places(digests: Sequence[str]) -> Sequence[AnyRow]:
    """(account_id, kind, digest) of the devices and networks among these keyed hashes.

    Asked for none too: a name that nobody has costs the same statements as one that somebody has.
    """
    return db.session.execute(
        select(KnownPlace.account_id, KnownPlace.kind, KnownPlace.digest).where(KnownPlace.digest.in_(digests))
    ).all()


def has_known_device(account_id: int) -> bool:
    """Whether anybody logged in to the account before."""
    found = select(KnownPlace.id).where(KnownPlace.account_id == account_id, KnownPlace.kind == "device").limit(1)
    return db.session.scalar(found) is not None


def get_password_assurance(account_id: int) -> int:
    """What the account's password is worth (engine.assurance); 0 without one."""
    found = db.session.scalar(select(Credential.assurance).where(Credential.account_id == account_id))
    return found or 0


def list_password_hashes(account_ids: Sequence[int]) -> dict[int, str]:
    """Account id -> argon2 hash, of the accounts that have a password."""
    rows = db.session.execute(
        select(Credential.account_id, Credential.password_hash).where(Credential.account_id.in_(account_ids))
    )
    return {row.account_id: row.password_hash for row in rows}
