"""The officer at the desk and the case at hand: what every route of this side begins with."""

from __future__ import annotations

from typing import Any

from portal.auth import Viewer, viewer
from portal.engine.workflow import Actor
from portal.queries.desk import get_case
from portal.queries.reach import roles_for


def officer_id(who: Viewer) -> int:
    """The account behind an officer's request, which `@requires("officer")` has proven."""
    assert who.account_id is not None
    return who.account_id


def load_case(code: str) -> Any:
    """The application of a code, or NotFound when it lies beyond the officer's reach."""
    who = viewer()
    return get_case(code, who.duties, officer_id(who))


def actor_on(application: Any) -> Actor:
    """The officer with the roles held at this application's agency and office, and no others."""
    who = viewer()
    return Actor("officer", who.account_id, roles_for(who.duties, application))


def case_path(code: str) -> str:
    """The address of a case's page."""
    return f"/petugas/permohonan/{code}"
