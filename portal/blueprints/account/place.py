"""From where somebody tries: a random device cookie that remembers no person, and the network."""

from __future__ import annotations

import re
import secrets

from flask import Response, current_app, request

from portal.operations.logins import Place
from portal.web.network import network_of_request

COOKIE = "perangkat"
YEAR = 365 * 24 * 3600
SHAPE = re.compile(r"[0-9a-f]{32}")


def place_of_request() -> Place:
    """Where the present request comes from."""
    found = SHAPE.match(request.cookies.get(COOKIE, ""))
    return Place(found[0] if found else "", network_of_request())


def named_place() -> Place:
    """Where the present request comes from, with an id for a device that has none yet."""
    place = place_of_request()
    return place if place.device else Place(secrets.token_hex(16), place.network)


def remember_device(response: Response, place: Place) -> Response:
    """Let the browser keep its random id; which accounts are at home on it is known to the server alone."""
    secure = str(current_app.extensions["config"].public_url).startswith("https://")
    response.set_cookie(
        COOKIE,
        place.device,
        max_age=YEAR,
        httponly=True,
        secure=secure,
        samesite="Lax",
        path="/",
    )
    return response
