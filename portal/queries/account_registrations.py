"""Reads of an account's registrations and enrolments, for what changes with all of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, AccountChange, Application, Enrolment, StoppedNumber


def list_registration_ids(account_id: int) -> Sequence[int]:
    """Every registration of an account that was not thrown away, oldest first."""
    return db.session.scalars(
        select(Application.id)
        .where(
            Application.account_id == account_id,
            Application.kind == "registration",
            Application.erased_at.is_(None),
        )
        .order_by(Application.id)
    ).all()


def list_enrolments(account_id: int) -> Sequence[Enrolment]:
    """Every enrolment of an account, blocked ones too, by agency."""
    return db.session.scalars(
        select(Enrolment).where(Enrolment.account_id == account_id).order_by(Enrolment.agency, Enrolment.id)
    ).all()


def find_enrolment(account_id: int, agency: str) -> Enrolment | None:
    """The oldest enrolment of an account with an agency."""
    return db.session.scalar(
        select(Enrolment)
        .where(Enrolment.account_id == account_id, Enrolment.agency == agency)
        .order_by(Enrolment.id)
        .limit(1)
    )


def has_stopped_number(account_id: int, phone_digest: str | None) -> bool:
    """Whether the present number of an account was given up by its owner."""
    if not phone_digest:
        return False
    return (
        db.session.scalar(
            select(StoppedNumber.id).where(StoppedNumber.account_id == account_id, StoppedNumber.digest == phone_digest)
        )
        is not None
    )


def list_former_contacts(account_id: int) -> set[str]:
    """Phones and e-mails that the account had and has no longer."""
    rows = db.session.execute(
        select(AccountChange.old_value, Account.phone, Account.email)
        .join(Account, Account.id == AccountChange.account_id)
        .where(
            AccountChange.account_id == account_id,
            AccountChange.kind.in_(("phone", "email")),
            AccountChange.undone_at.is_(None),
        )
    ).all()
    return {row.old_value for row in rows if row.old_value and row.old_value not in (row.phone, row.email)}
