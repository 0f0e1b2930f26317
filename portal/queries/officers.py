"""Reads about officers: whose case is their own, and what proves that they are who they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import (
    Account,
    Application,
    Credential,
    Enrolment,
    LoginName,
    Officer,
    RecoveryCode,
    SecondFactor,
    Visit,
)

DESK = ""  # the agency of an officer's login name: one desk for all agencies
KIND = "username"


@dataclass(frozen=True)
class Proof:
    """What the desk holds of an officer: the app's factor, codes that are left, and whether the own numbers are known."""

    username: str
    factor_since: datetime | None
    codes_left: int
    has_numbers: bool


def own_case(account_id: int | None) -> ColumnElement[bool]:
    """Whether an Application is the officer's own or of the family, as one condition of its row.

    Three ways: the officer's account applied or is enrolled with that NIK or No. KK; the numbers that the
    officer gave at the desk are those of the case; or the case was sent by the officer's other account.
    What is not known is equal to nothing.
    """
    if account_id is None:
        return false()
    sender = aliased(Enrolment)
    return or_(
        Application.account_id == account_id,
        exists().where(
            Enrolment.account_id == account_id,
            or_(Enrolment.nik_digest == Application.subject_digest, Enrolment.kk_digest == Application.family_digest),
        ),
        exists().where(
            Officer.id == account_id,
            or_(Officer.nik_digest == Application.subject_digest, Officer.kk_digest == Application.family_digest),
        ),
        exists().where(
            Officer.id == account_id,
            sender.account_id == Application.account_id,
            or_(sender.nik_digest == Officer.nik_digest, sender.kk_digest == Officer.kk_digest),
        ),
    )


def is_own_case(application_id: int, account_id: int | None) -> bool:
    """Whether one application is the officer's own, or of the officer's family."""
    return bool(db.session.scalar(select(own_case(account_id)).where(Application.id == application_id)))


def is_same_person(one: int | None, other: int | None) -> bool:
    """Whether two accounts at the desk are one human, as far as the numbers that they gave tell (four eyes)."""
    if one is None or other is None or one == other:
        return one == other
    first, second = aliased(Officer), aliased(Officer)
    return bool(
        db.session.scalar(
            select(exists().where(first.id == one, second.id == other, first.nik_digest == second.nik_digest))
        )
    )


def find_officer_account(username: str) -> int | None:
    """The account of an officer's user name, or None."""
    digest = current_app.extensions["vault"].digest(KIND, username)
    return db.session.scalar(
        select(LoginName.account_id).where(
            LoginName.agency == DESK,
            LoginName.kind == KIND,
            LoginName.digest == digest,
            LoginName.proven_at.is_not(None),
        )
    )


def find_proof(account_id: int) -> Proof:
    """Second factor, recovery codes and own numbers of one officer, in one read."""
    left = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        .scalar_subquery()
    )
    row = db.session.execute(
        select(Officer.username, Officer.nik_digest, SecondFactor.confirmed_at, left.label("codes_left"))
        .select_from(Account)
        .outerjoin(Officer, Officer.id == Account.id)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .where(Account.id == account_id)
    ).one()
    return Proof(row.username or "", row.confirmed_at, row.codes_left, row.nik_digest is not None)


def find_confirmed_at(visit_id: int | None) -> datetime | None:
    """When the person of a visit last typed the password."""
    return db.session.scalar(select(Visit.confirmed_at).where(Visit.id == visit_id)) if visit_id else None


def password_is_from_before(account_id: int, moment: datetime) -> bool:
    """Whether the account is open and its password was last set before a moment."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Account.id == account_id,
                    Account.blocked_at.is_(None),
                    Credential.account_id == Account.id,
                    Credential.changed_at <= moment,
                )
            )
        )
    )
