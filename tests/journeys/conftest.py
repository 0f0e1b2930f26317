"""The site and its people for whole walks: the fixtures of the web tests, and citizens further on their way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.operations import throttle
from portal.queue import run_pending_jobs
from tests.client import CheckedClient
from tests.desk_cases import send_case
from tests.journeys import desk, joining
from tests.journeys.desk import give_certificate
from tests.people import PASSWORD
from tests.web.conftest import (  # noqa: F401 - fixtures are found by their names.
    Citizen,
    _monday,
    _prepared,
    budi,
    citizen,
    officer,
    other_citizen,
    registrar,
    site,
    siti,
    verifier,
    visitor,
)


@pytest.fixture(autouse=True)
def _nobody_tried_before(request: pytest.FixtureRequest) -> None:
    if "site" in request.fixturenames:
        request.getfixturevalue("site")
        throttle.forget_memory()


@pytest.fixture
def signer(officer: Callable[[str], CheckedClient]) -> CheckedClient:  # noqa: F811
    """The browser of who signs, with a certificate under the usual password."""
    give_certificate(PASSWORD)
    return officer("signer")


@pytest.fixture
def registered(visitor: CheckedClient) -> str:  # noqa: F811
    """The code of a stranger's registration that waits for an officer."""
    return joining.register(visitor)


@pytest.fixture
def sent(siti: Citizen) -> str:  # noqa: F811
    """The code of an application that Siti sent; how she does that is a chapter of its own."""
    code = send_case(siti.account_id, baby_name="DEWI ANGGRAINI")
    run_pending_jobs()
    return code


@pytest.fixture
def taken(sent: str, verifier: CheckedClient) -> str:  # noqa: F811
    """The code of a sent application that the verifier holds."""
    desk.act(verifier, sent, "take")
    return sent


@pytest.fixture
def issued(taken: str, verifier: CheckedClient, signer: CheckedClient) -> str:  # noqa: F811
    """The code of an application whose paper is made, signed and waits to be downloaded."""
    desk.act(verifier, taken, "approve")
    run_pending_jobs()
    desk.sign_all(signer)
    run_pending_jobs()
    return taken
