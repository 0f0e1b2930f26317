"""For machines: static files, and whether this process is well."""

from __future__ import annotations

from flask import Response, jsonify

from portal.auth import requires
from portal.blueprints.public import bp
from portal.queries.health import check_health
from portal.web.assets import send_asset


@bp.get("/aset/<path:name>")
@requires("everyone")
def asset(name: str) -> Response:
    """A static file under its content's name, compressed ahead of time."""
    return send_asset(name)


@bp.get("/sehat")
@requires("everyone")
def health() -> tuple[Response, int]:
    """200 when the database answers; a queue that is down is told, but is no reason to be taken away."""
    state = check_health()
    return jsonify(state), 200 if state["database"] == "ok" else 503
