"""A registration in some state, for tests that look behind the screens; the walk itself is `tests.journeys.joining`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application
from portal.operations.perform import Payload, perform
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys import joining, outbox
from tests.people import OFFICERS


def sent_code(number: str = joining.PHONE) -> str:
    """The newest code that went to a number."""
    return outbox.code_in(outbox.messages("kode-hp", to=number)[0])


def register(client: CheckedClient, **changes: Any) -> Application:
    """A registration that lies with the officers."""
    joining.register(client, **changes)
    return newest()


def newest() -> Application:
    """The registration that was begun last."""
    found = find_newest()
    assert found is not None
    return found


def find_newest() -> Application | None:
    """The registration that was begun last, if anybody began one; freshly read."""
    db.session.remove()
    return db.session.scalar(
        select(Application).where(Application.kind == "registration").order_by(Application.id.desc()).limit(1)
    )


def officer_does(application: Application, action: str, reason: str = "") -> None:
    """An officer decides about a registration."""
    officer = db.session.scalar(select(Account.id).where(Account.name == OFFICERS["registrar"][0]))
    assert officer is not None
    with transaction():
        again = db.session.get_one(Application, application.id)
        perform(again, action, Actor("officer", officer, frozenset({"registrar"})), Payload(reason=reason))
