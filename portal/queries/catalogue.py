"""What is declared: the running catalogue, and the version that an application pinned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import current_app
from sqlalchemy import select

from portal.engine.declare import Agency, Catalogue, Service, Workflow
from portal.engine.load import restore
from portal.errors import NotFound
from portal.extensions import db
from portal.models import Application, Declaration


@dataclass(frozen=True)
class Declared:
    """What governs one application: its agency now, its service and workflow as pinned."""

    agency: Agency
    service: Service
    workflow: Workflow
    declaration_id: int


def catalogue() -> Catalogue:
    """The catalogue that this process loaded at start."""
    found: Catalogue = current_app.extensions["catalogue"]
    return found


def get_agency(code: str) -> Agency:
    """A declared agency, or NotFound."""
    agency = catalogue().agencies.get(code)
    if agency is None:
        raise NotFound("agency")
    return agency


def get_service(agency: str, code: str) -> Service:
    """A declared service of an agency (not its registration), or NotFound."""
    service = catalogue().service(agency, code)
    if service is None or service.kind != "service":
        raise NotFound("service")
    return service


def declared_for(application: Application) -> Declared:
    """The version that the application pinned when it was started or last resumed."""
    service, workflow = pinned(application.declaration_id)
    return Declared(
        agency=get_agency(application.agency),
        service=service,
        workflow=workflow,
        declaration_id=application.declaration_id,
    )


def current_declaration_id(agency: str, service: str) -> int:
    """The newest stored version of a service; `portal sync` stores it."""
    found = db.session.scalar(
        select(Declaration.id).where(
            Declaration.agency == agency,
            Declaration.service == service,
            Declaration.is_current,
        )
    )
    if found is None:
        raise NotFound("declaration")
    return found


def pinned(declaration_id: int) -> tuple[Service, Workflow]:
    """Service and workflow of a stored version, remembered by this process."""
    # Rows of this table never change, so a process may remember them; what tells one app
    # from another is part of the key because tests run several databases.
    return _cached(id(current_app.extensions["catalogue"]), declaration_id)


@lru_cache(maxsize=256)
def _cached(_app: int, declaration_id: int) -> tuple[Service, Workflow]:
    body = db.session.scalar(select(Declaration.body).where(Declaration.id == declaration_id))
    if body is None:
        raise NotFound("declaration")
    return restore(body)


def forget_pinned() -> None:
    """Read stored versions anew; a test that changed its database needs it."""
    _cached.cache_clear()
