"""Saya tidak meminta ini: somebody for whom an application was made says that they did not ask for it."""

from __future__ import annotations

from flask import Response

from portal.auth import requires
from portal.blueprints.public import bp
from portal.operations.representations import dispute, find_disputable
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer
from portal.web.quiet import quiet


@bp.get("/bukan-permintaan-saya/<token>")
@requires("everyone")
def show_unasked(token: str) -> Response:
    """What the button means; burns nothing, and names neither who applied nor for what."""
    found = find_disputable(token)
    if found is None:
        return _ended()
    show_agency(found.agency)
    return quiet(answer("public/unasked.html", token=token))


@bp.post("/bukan-permintaan-saya/<token>")
@requires("everyone")
def say_unasked(token: str) -> Response:
    """The officers see it now; nothing is decided before one of them has asked."""
    found = find_disputable(token)
    agency = found.agency if found else None
    with transaction():
        is_told = dispute(token)
    if not is_told:
        return _ended()
    show_agency(agency)
    return quiet(answer("public/unasked_told.html"))


def _ended() -> Response:
    return quiet(answer("public/unasked_ended.html", status=410))
