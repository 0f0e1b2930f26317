"""What thieves and owners race for: a link, a recovery code, a code of the app, a login name; and each unguarded."""

from __future__ import annotations

from unittest.mock import patch

import pyotp
from flask import current_app

from portal import clock
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import LoginName, RecoveryCode, SecondFactor, Token
from portal.operations import not_me, passwords, second_factor
from portal.operations.login_names import prove_names
from portal.operations.passwords import reset_password
from portal.operations.perform import Payload, perform
from portal.operations.second_admin import decide_request
from portal.transaction import transaction
from tests.races.courses import application_of
from tests.races.racers import Start

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KK = "9901010101200007"


def reset(start: Start, secret: str, password_hash: str) -> str:
    """Press [Ganti Password] behind one link; the hash that was kept, or nothing."""
    assert passwords.find_open_reset(secret) is not None
    start()
    with transaction():
        return password_hash if reset_password(secret, {"kk": KK}, password_hash) else ""


def reset_unguarded(start: Start, secret: str, password_hash: str) -> str:
    """The same after looking whether the link is unused, and then marking it."""
    found = passwords.find_open_reset(secret)
    token = passwords.find_open_link(passwords.RESET, secret)
    assert found is not None
    assert token is not None

    def mark(_: Token) -> bool:
        db.session.get_one(Token, token.id).used_at = clock.now()
        return True

    with (
        patch.object(passwords, "use_up", mark),
        patch.object(passwords, "find_open_reset", lambda _: found),
        patch.object(passwords, "find_open_link", lambda *_: token),
    ):
        start()
        with transaction():
            return password_hash if reset_password(secret, {"kk": KK}, password_hash) else ""


def recovery_code(start: Start, account: int, code: str) -> bool:
    """Type one recovery code."""
    start()
    with transaction():
        return second_factor.check_code(account, code)


def recovery_code_unguarded(start: Start, account: int, code: str) -> bool:
    """Look whether it is unused, then mark it."""
    digest = second_factor._digest(account, code)
    row = db.session.query(RecoveryCode).filter_by(account_id=account, digest=digest, used_at=None).one_or_none()
    start()
    with transaction():
        if row is not None:
            db.session.get_one(RecoveryCode, row.id).used_at = clock.now()
    return row is not None


def app_code(start: Start, account: int, code: str) -> bool:
    """Type the code that the app shows."""
    start()
    with transaction():
        return second_factor.check_code(account, code)


def app_code_unguarded(start: Start, account: int, code: str) -> bool:
    """Compare with the last step, then write the step."""
    factor = db.session.get_one(SecondFactor, account)
    step = second_factor._matching_step(factor.secret, code, after=factor.last_step)
    start()
    with transaction():
        if step is not None:
            db.session.get_one(SecondFactor, account).last_step = step
    return step is not None


def prove_name(start: Start, code: str) -> bool:
    """The moment at which a claimed login name becomes a person's."""
    application = application_of(code)
    start()
    with transaction():
        prove_names(application)
    return True


def decide(start: Start, code: str, admin: int, verdict: str) -> str:
    """A second admin decides what another one asked."""
    start()
    with transaction():
        decide_request(code, verdict, by=admin)
    return verdict


def judge(start: Start, code: str, officer: int, action: str, role: str) -> str:
    """An officer decides about a registration that others have open too."""
    application = application_of(code)
    version = application.version
    start()
    with transaction():
        perform(
            application,
            action,
            Actor("officer", officer, frozenset({role})),
            Payload(seen=version, reason="Alasan yang cukup panjang."),
        )
    return action


def undo(start: Start, secret: str) -> bool:
    """Press *Bukan saya*."""
    assert not_me.find_undoable(secret) is not None
    start()
    with transaction():
        return not_me.undo_change(secret) is not None


def shown_code() -> str:
    """What the app shows now."""
    return pyotp.TOTP(SECRET).at(int(clock.now().timestamp()))


def claim(account: int, agency: str, name: str) -> None:
    """Let an account claim a name, as many may."""
    digest = current_app.extensions["vault"].digest("nik", name)
    db.session.add(LoginName(account_id=account, agency=agency, kind="nik", digest=digest))
