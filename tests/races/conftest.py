"""Racers on each database, and the people and cases that they race for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Application
from portal.queries.catalogue import forget_pinned
from portal.transaction import transaction
from tests.cases import fill, put_into, start
from tests.people import AGENCY, SERVICE, enrol_citizen, prepare
from tests.races.racers import Racers


@pytest.fixture(scope="session")
def _racers(_database, _app: Flask) -> Iterator[Racers]:
    racers = Racers(_database.url, _app.extensions["config"].instance_dir)
    yield racers
    racers.close()


@pytest.fixture
def racers(_racers: Racers, site: Flask) -> Racers:
    """Four processes on the database of this test."""
    return _racers


@pytest.fixture
def site(app: Flask) -> Iterator[Flask]:
    """The app with declarations, places and officers; the clock runs, for other processes have one too."""
    forget_pinned()
    with app.app_context():
        with transaction():
            prepare()
        yield app


@pytest.fixture
def siti(site: Flask) -> int:
    """The account of an enrolled citizen."""
    with transaction():
        return enrol_citizen("9901014508900001", "SITI AMINAH", "9901010101200007")


@pytest.fixture
def draft(siti: int) -> Callable[[], Application]:
    """`draft()`: a filled application that was not sent yet."""

    def make() -> Application:
        with transaction():
            return fill(start(AGENCY, SERVICE, siti))

    return make


@pytest.fixture
def case(draft: Callable[[], Application]) -> Callable[..., Application]:
    """`case("checking", claimed_by=...)`: a filled application in a state."""

    def make(state: str, **values: object) -> Application:
        application = draft()
        with transaction():
            return put_into(application, state, round=1, **values)

    return make


@pytest.fixture
def officer(site: Flask) -> Callable[[str], int]:
    """`officer("Vera")`: the account of the officer of that first name."""

    def named(name: str) -> int:
        return db.session.scalars(
            select(Account.id).where(Account.name.contains(name)).order_by(Account.id).limit(1)
        ).one()

    return named
