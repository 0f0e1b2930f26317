"""The officers' second factor: codes of an authenticator app (RFC 6238), and recovery codes, each good once."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, update

from portal import clock
from portal.engine.workflow import Actor
from portal.errors import Conflict
from portal.extensions import db
from portal.models import RecoveryCode, SecondFactor
from portal.operations import throttle
from portal.operations.duties import end_desk_visits
from portal.operations.events import record_event
from portal.operations.officers import ensure_officer
from portal.operations.once import insert_once
from portal.operations.throttle import Wait
from portal.transaction import change

STEP = 30  # seconds
DRIFT = 1  # steps that a telephone's clock may be off, either way
CODES = 10
CODE_LENGTH = 12  # signs, 60 bits
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is read wrongly: I O 0 1
ISSUER = "Loket"
SUBJECT = "officer"
# Whoever guesses here has the password already: a day's guesses find a code in one of 6,000 days.
APP_TRIES = 50
DAY = timedelta(days=1)


def new_secret() -> str:
    """A fresh secret for an app, 160 bits in base32."""
    from pyotp import random_base32  # Officers alone need it; every web process would carry it.

    return random_base32()


def app_address(secret: str, username: str) -> str:
    """What the QR code says to the app."""
    from pyotp import TOTP

    return TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def allow_try(account_id: int, typed: str) -> Wait | None:
    """Count a try before it is checked; a Wait when it comes too soon.

    A recovery code cannot be guessed, so the day's limit is for codes of the app: nobody locks the owner out.
    """
    if wait := throttle.allow(*_place(account_id)):
        return wait
    if _is_app_code(typed):
        return throttle.take(f"factor-day:{account_id}", APP_TRIES, DAY)
    return None


def note_failure(account_id: int) -> None:
    """The counted try was wrong: the next one waits longer."""
    throttle.note_failure(*_place(account_id))


def note_success(account_id: int) -> None:
    """It was the owner: mistypings are forgotten."""
    throttle.note_success(*_place(account_id))


def enrol(account_id: int, secret: str, typed: str, *, replaces: bool = False) -> list[str] | None:
    """Keep a secret once a code of it came back; returns the recovery codes, or None for a wrong code.

    replaces: the officer, confirmed again, changes the app. Without it an account that has a factor by now
    raises Conflict: of two half-open visits one sets it up.
    """
    step = _matching_step(secret, typed, after=0)
    if step is None:
        return None
    values = {"secret": secret, "last_step": step, "confirmed_at": clock.now()}
    if replaces:
        db.session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    if not insert_once(SecondFactor, account_id=account_id, **values):
        raise Conflict("Kode kedua sudah dipasang. Masuklah dengan kode itu.")
    codes = renew_recovery_codes(account_id)
    _record(account_id, "set_factor", Actor("officer", account_id))
    return codes


def check_code(account_id: int, typed: str) -> bool:
    """Use up a code of the app or a recovery code; False for a wrong, old or used one."""
    if _is_app_code(typed):
        return _use_app_code(account_id, typed)
    return _use_recovery_code(account_id, typed)


def renew_recovery_codes(account_id: int) -> list[str]:
    """Ten new codes, to be shown once; the old ones end here."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    db.session.add_all(RecoveryCode(account_id=account_id, digest=_digest(account_id, code)) for code in codes)
    db.session.flush()
    return ["-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4)) for code in codes]


def renew_own_codes(account_id: int) -> list[str]:
    """The same, as the officer asks for it."""
    codes = renew_recovery_codes(account_id)
    _record(account_id, "renew_codes", Actor("officer", account_id))
    return codes


def reset_second_factor(account_id: int, actor: Actor) -> None:
    """Take the factor and its recovery codes away and end all sessions; the next log in sets it up anew."""
    db.session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    end_desk_visits(account_id)
    _record(account_id, "reset_factor", actor)


def _use_app_code(account_id: int, typed: str) -> bool:
    factor = db.session.get(SecondFactor, account_id, populate_existing=True)
    step = _matching_step(factor.secret, typed, after=factor.last_step) if factor else None
    if step is None:
        return False
    # Of two who type the same code at once, one moves the step.
    moved = change(
        update(SecondFactor)
        .where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
        .values(last_step=step)
    )
    return moved == 1


def _use_recovery_code(account_id: int, typed: str) -> bool:
    used = change(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.digest == _digest(account_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    if used == 1:
        _record(account_id, "use_recovery_code", Actor("officer", account_id))
    return used == 1


def _matching_step(secret: str, typed: str, *, after: int) -> int | None:
    """The step whose code this is, newer than `after`."""
    code = re.sub(r"\s", "", typed)
    if not _is_app_code(code):
        return None
    from pyotp import TOTP

    app, now = TOTP(secret, interval=STEP), int(clock.now().timestamp()) // STEP
    steps = range(now - DRIFT, now + DRIFT + 1)
    found = [step for step in steps if secrets.compare_digest(app.generate_otp(step), code)]
    return next((step for step in found if step > after), None)


def _is_app_code(typed: str) -> bool:
    bare = re.sub(r"\s", "", typed)
    return len(bare) == 6 and bare.isascii() and bare.isdigit()


def _digest(account_id: int, code: str) -> str:
    bare = re.sub(r"[^A-Z0-9]", "", code.upper())
    return str(current_app.extensions["vault"].digest("recovery-code", f"{account_id}|{bare}"))


def _place(account_id: int) -> tuple[str, str, str]:
    return (f"factor:{account_id}", "", "")


def _record(account_id: int, action: str, actor: Actor) -> None:
    ensure_officer(account_id)
    record_event(account_id, action, actor, subject_type=SUBJECT)
