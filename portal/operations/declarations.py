"""Declarations: each changed service is stored as a new version that applications can pin."""

from __future__ import annotations

from sqlalchemy import select, update

from portal import clock
from portal.engine.declare import Catalogue
from portal.engine.load import declaration_body
from portal.extensions import db
from portal.models import Declaration


def sync_declarations(catalogue: Catalogue) -> list[str]:
    """Store what changed since the last sync; returns `agency/service` of each new version.

    A version that an application may have pinned is never dropped or changed.
    """
    changed = []
    for agency_code, services in catalogue.services.items():
        agency = catalogue.agency(agency_code)
        for service in services.values():
            workflow = catalogue.workflow(agency_code, service.workflow)
            body, digest = declaration_body(service, workflow, agency)
            if _make_current(agency_code, service.code, body, digest):
                changed.append(f"{agency_code}/{service.code}")
    return changed


def _make_current(agency: str, service: str, body: str, digest: str) -> bool:
    stored = db.session.scalar(select(Declaration).where(Declaration.digest == digest))
    if stored is not None and stored.is_current:
        return False
    db.session.execute(
        update(Declaration).where(Declaration.agency == agency, Declaration.service == service).values(is_current=False)
    )
    if stored is not None:
        stored.is_current = True
    else:
        db.session.add(
            Declaration(
                digest=digest,
                agency=agency,
                service=service,
                body=body,
                is_current=True,
                created_at=clock.now(),
            )
        )
    db.session.flush()
    return True
