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


def must_prove_number(account_id: int) -> bool:
    """Whether the account's present number is one whose owner said that it is not theirs."""
    found = (
        select(StoppedNumber.id)
        .join(Account, Account.id == StoppedNumber.account_id)
        .where(StoppedNumber.account_id == account_id, StoppedNumber.digest == Account.phone_digest)
    )
    return db.session.scalar(found.limit(1)) is not None


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


def list_agencies_of(account_id: int) -> Sequence[str]:
    """Agencies that an account registered with, the newest registration first."""
    rows = db.session.scalars(
        select(Application.agency)
        .where(
            Application.account_id == account_id,
            Application.kind == "registration",
            Application.erased_at.is_(None),
        )
        .order_by(Application.id.desc())
    )
    return list(dict.fromkeys(rows))
