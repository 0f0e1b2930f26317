"""Identities of outside providers: (issuer, subject), attached by who is logged in, never matched by an e-mail."""

from __future__ import annotations

from typing import Literal

from flask import current_app
from sqlalchemy import delete, update

from portal import clock
from portal.engine.assurance import OUTSIDE, assurance_of
from portal.integrations.oidc import Identity
from portal.models import OutsideIdentity
from portal.operations.once import insert_once
from portal.queries.outside import find_identity
from portal.queries.registrations import get_registration_form
from portal.transaction import change


def subject_digest(identity: Identity) -> str:
    """The keyed hash of who somebody is to a provider."""
    return str(current_app.extensions["vault"].digest("outside-subject", f"{identity.issuer}|{identity.subject}"))


def attach(account_id: int, identity: Identity) -> Literal["new", "there", "taken"]:
    """Let an identity open the account; `taken` when it opens another one, or the account has another of the provider."""
    digest = subject_digest(identity)
    is_new = insert_once(
        OutsideIdentity,
        account_id=account_id,
        provider=identity.provider,
        issuer=identity.issuer,
        subject_digest=digest,
        shown=identity.shown,
        attached_at=clock.now(),
    )
    if is_new:
        return "new"
    found = find_identity(identity.issuer, digest)
    return "there" if found and found.account_id == account_id else "taken"


def detach(account_id: int, provider: str) -> bool:
    """Let the account no longer be opened by its identity of a provider; False when it has none."""
    return bool(
        change(
            delete(OutsideIdentity).where(
                OutsideIdentity.account_id == account_id, OutsideIdentity.provider == provider
            )
        )
    )


def detach_all(account_id: int) -> None:
    """No outside identity opens the account any more."""
    change(delete(OutsideIdentity).where(OutsideIdentity.account_id == account_id))


def note_use(identity_id: int) -> None:
    """An identity has opened its account just now."""
    change(update(OutsideIdentity).where(OutsideIdentity.id == identity_id).values(used_at=clock.now()))


def outside_worth(agency: str) -> int:
    """What a log-in by an outside identity at an agency is worth."""
    return min(OUTSIDE, assurance_of(get_registration_form(agency).rules.proof))
