"""A registration that was begun and left is erased after a week, with the account that only it had."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.jobs.upkeep import erase_stale
from portal.models import Account, Answers, Application, Credential, Enrolment, LoginName, Message, Token
from portal.operations import throttle
from portal.operations.audit import verify_all
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.journeys.joining import fill
from tests.web.conftest import MONDAY, Citizen
from tests.web.registering import newest, register

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _no_earlier_tries(site: Flask) -> None:
    throttle.forget_memory()


def _erase_at(at) -> Application:
    with clock.frozen(at):
        erase_stale()
    db.session.remove()
    application = db.session.scalar(select(Application).order_by(Application.id.desc()).limit(1))
    assert application is not None
    return application


def _count(table, *where) -> int:
    return db.session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def test_what_was_begun_and_never_sent_is_erased_after_a_week(visitor: CheckedClient) -> None:
    fill(visitor)
    draft = newest()
    application_id, account_id = draft.id, draft.account_id
    assert _erase_at(MONDAY + WEEK).erased_at is None

    erased = _erase_at(MONDAY + WEEK + SECOND)
    assert erased.erased_at == MONDAY + WEEK + SECOND
    assert (erased.subject_name, erased.subject_digest) == ("", None)
    assert _count(Answers, Answers.application_id == application_id) == 0
    for table in (Credential, LoginName, Token):
        assert _count(table, table.account_id == account_id) == 0
    account = db.session.get(Account, account_id)
    assert (account.name, account.phone, account.phone_digest, account.email) == ("", None, None, None)
    bodies = db.session.execute(select(Message.recipient, Message.body).where(Message.account_id == account_id)).all()
    assert set(map(tuple, bodies)) <= {(None, None)}
    assert verify_all() == []


def test_a_new_code_shows_that_somebody_is_still_at_it(visitor: CheckedClient) -> None:
    fill(visitor)
    code = newest().code
    with clock.frozen(MONDAY + timedelta(days=5)), transaction():
        token = db.session.scalar(select(Token).where(Token.kind == "phone"))
        assert token is not None
        token.created_at = clock.now()
    assert _erase_at(MONDAY + WEEK + SECOND).code == code
    assert newest().erased_at is None


def test_a_registration_that_was_sent_is_never_erased(visitor: CheckedClient) -> None:
    register(visitor)
    assert newest().round == 1
    assert _erase_at(MONDAY + 4 * WEEK).erased_at is None


def test_an_account_with_more_than_the_draft_keeps_what_is_its_own(visitor: CheckedClient, siti: Citizen) -> None:
    fill(visitor)
    with transaction():
        draft = newest()
        draft.account_id = siti.account_id
    assert _erase_at(MONDAY + WEEK + SECOND).erased_at is not None
    assert db.session.get(Account, siti.account_id).name == siti.name
    assert _count(Enrolment, Enrolment.account_id == siti.account_id) == 1
    assert _count(Credential, Credential.account_id == siti.account_id) == 1
