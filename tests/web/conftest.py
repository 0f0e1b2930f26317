"""Nouns in a state and clients by role, on a database with declarations, places and officers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from portal import clock
from portal.engine.declare import Catalogue
from portal.queries import catalogue as catalogue_queries
from portal.queries.catalogue import catalogue
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.databases import Database
from tests.people import OFFICERS, enrol_citizen, log_in_citizen, log_in_officer, prepare
from tests.small_agencies import many, small_folder, stranger  # noqa: F401 - fixtures are found by their names

# A Monday morning in office hours: 23 November 2026, 09.00 WIB.
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture(scope="session")
def _prepared() -> list[tuple[Database, Catalogue]]:
    """For which database and catalogue rows are kept; nothing before the first test."""
    return []


@pytest.fixture
def site(app: Flask, _database: Database, _prepared: list[tuple[Database, Catalogue]]) -> Iterator[Flask]:
    """The app with synced declarations, the region of the agency, holidays and officers.

    Preparing takes half a second, so its rows are made once for each database and put back for each test.
    """
    app.test_client_class = CheckedClient
    catalogue_queries.forget_pinned()
    with app.app_context():
        now = (_database, catalogue())
        if any(was[0] is now[0] and was[1] is now[1] for was in _prepared):
            _database.restore()
        else:
            with transaction():
                prepare()
            _database.keep()
            _prepared[:] = [now]
        yield app


@pytest.fixture
def visitor(site: Flask) -> CheckedClient:
    """Somebody whom nobody knows."""
    client = site.test_client()
    assert isinstance(client, CheckedClient)
    return client


@dataclass
class Citizen:
    """An enrolled person: the account and what they type."""

    account_id: int
    nik: str
    name: str


@pytest.fixture
def siti(site: Flask) -> Citizen:
    """An enrolled citizen."""
    with transaction():
        account_id = enrol_citizen("9901014508900001", "SITI AMINAH", "9901010101200007")
    return Citizen(account_id, "9901014508900001", "SITI AMINAH")


@pytest.fixture
def budi(site: Flask) -> Citizen:
    """Another enrolled citizen, of another family."""
    with transaction():
        account_id = enrol_citizen("9901010203850002", "BUDI SANTOSO", "9901010202150003")
    return Citizen(account_id, "9901010203850002", "BUDI SANTOSO")


@pytest.fixture
def citizen(site: Flask, siti: Citizen) -> CheckedClient:
    """A browser in which Siti is logged in."""
    return log_in_citizen(site.test_client(), siti.account_id)


@pytest.fixture
def other_citizen(site: Flask, budi: Citizen) -> CheckedClient:
    """A browser in which Budi is logged in."""
    return log_in_citizen(site.test_client(), budi.account_id)


@pytest.fixture
def officer(site: Flask) -> Callable[[str], CheckedClient]:
    """`officer("verifier")`: a browser in which the officer of that role is logged in."""

    def of_role(role: str) -> CheckedClient:
        assert role in OFFICERS, role
        return log_in_officer(site.test_client(), role)

    return of_role


@pytest.fixture
def verifier(officer: Callable[[str], CheckedClient]) -> CheckedClient:
    """A verifier's browser."""
    return officer("verifier")


@pytest.fixture
def registrar(officer: Callable[[str], CheckedClient]) -> CheckedClient:
    """The browser of who checks registrations."""
    return officer("registrar")


@pytest.fixture
def signer(officer: Callable[[str], CheckedClient]) -> CheckedClient:
    """The browser of who signs."""
    return officer("signer")


@pytest.fixture
def whatsapp(site: Flask) -> Any:
    """The twin of WhatsApp: what was sent lies in its `parcels`."""
    return _emptied(site.extensions["whatsapp"])


@pytest.fixture
def email(site: Flask) -> Any:
    """The twin of the mail server."""
    return _emptied(site.extensions["email"])


def _emptied(twin: Any) -> Any:
    twin.parcels.clear()
    twin.outcomes.clear()
    return twin
