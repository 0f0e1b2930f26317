"""Login names: claimed with a registration, proven with its outcome, or made for somebody by an officer."""

from __future__ import annotations

import secrets
import string

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.engine.declare import FieldDeclaration
from portal.errors import Conflict
from portal.extensions import db
from portal.models import Application, LoginName
from portal.operations.once import insert_once
from portal.queries.logins import find_proven_account

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O, which read as digits
SIGNS = {"?": LETTERS, "#": string.digits}  # of a declared pattern such as C?????##
MADE_TRIES = 20
MADE_KIND = "username"


def login_digest(question: FieldDeclaration, value: str) -> str:
    """The keyed hash under which a login name is stored; capitals do not make it another name."""
    return str(current_app.extensions["vault"].digest(question.type, value.casefold()))


def claim_name(account_id: int, agency: str, question: FieldDeclaration, value: str) -> None:
    """Write or rewrite what an account says its name is; it reserves nothing, and a proven name stays."""
    digest = login_digest(question, value)
    names = LoginName.account_id == account_id, LoginName.agency == agency
    if db.session.scalar(select(LoginName.id).where(*names).limit(1)) is None:
        db.session.add(LoginName(account_id=account_id, agency=agency, kind=question.type, digest=digest))
    db.session.execute(
        update(LoginName).where(*names, LoginName.proven_at.is_(None)).values(kind=question.type, digest=digest)
    )
    db.session.flush()


def is_name_taken(agency: str, question: FieldDeclaration, value: str, account_id: int | None) -> bool:
    """Whether somebody else is proven to have this name."""
    owner = find_proven_account(agency, question.type, login_digest(question, value))
    return owner is not None and owner.id != account_id


def prove_names(application: Application) -> None:
    """From now on the names that the account claims at this agency are its alone.

    Raises Conflict when another account holds one: two people with one number are for an officer.
    """
    mine = LoginName.account_id == application.account_id, LoginName.agency == application.agency
    held = select(LoginName.id).where(
        LoginName.agency == application.agency,
        LoginName.account_id != application.account_id,
        LoginName.proven_at.is_not(None),
        LoginName.digest.in_(select(LoginName.digest).where(*mine)),
    )
    if db.session.scalar(held.limit(1)) is not None:
        raise taken()
    try:
        db.session.execute(update(LoginName).where(*mine).values(proven_at=clock.now()))
        db.session.flush()
    except IntegrityError as error:
        raise taken() from error


def unprove_names(account_id: int | None, agency: str) -> None:
    """The names are claims again."""
    db.session.execute(
        update(LoginName).where(LoginName.account_id == account_id, LoginName.agency == agency).values(proven_at=None)
    )


def make_name(account_id: int, agency: str, pattern: str) -> str:
    """A new name that nobody has, proven at once; drawn again when somebody has it (KAR-32).

    pattern: ? stands for a letter, # for a digit, every other sign for itself.
    """
    vault, now = current_app.extensions["vault"], clock.now()
    for _ in range(MADE_TRIES):
        name = draw_name(pattern)
        is_ours = insert_once(
            LoginName,
            account_id=account_id,
            agency=agency,
            kind=MADE_KIND,
            digest=vault.digest(MADE_KIND, name.casefold()),
            proven_at=now,
        )
        if is_ours:
            return name
    raise Conflict("Nama pengguna belum dapat dibuat. Coba sekali lagi.")


def draw_name(pattern: str) -> str:
    """One name by a pattern, from the system's random source."""
    return "".join(secrets.choice(SIGNS[sign]) if sign in SIGNS else sign for sign in pattern)


def taken() -> Conflict:
    """What an officer is told when somebody else is proven to hold the number."""
    return Conflict(
        "Sudah ada akun lain yang terbukti memakai nomor ini. Periksa kedua pendaftaran,"
        " lalu tolak yang bukan miliknya."
    )
