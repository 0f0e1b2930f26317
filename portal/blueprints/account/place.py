"""From where somebody tries: a random device cookie that remembers no person, and the network."""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass

from flask import Response, current_app, request

COOKIE = "perangkat"
YEAR = 365 * 24 * 3600
ACCOUNTS = 5  # that one device remembers
MARK = 32
SHAPE = re.compile(rf"[0-9a-f]{{32}}(\.[0-9a-f]{{{MARK}}}){{0,{ACCOUNTS}}}")


@dataclass(frozen=True)
class Place:
    """device: random id, "" on a first visit. network: an address, or its /64 (IPv6)."""

    device: str
    marks: tuple[str, ...]
    network: str

    def knows(self, identifier: str) -> bool:
        """Whether the owner of this login name has logged in on this device before."""
        return bool(self.device) and _mark(self.device, identifier) in self.marks


def place_of_request() -> Place:
    """Where the present request comes from."""
    cookie = request.cookies.get(COOKIE, "")
    device, *marks = cookie.split(".") if SHAPE.fullmatch(cookie) else [""]
    return Place(device, tuple(marks), _network(request.remote_addr or ""))


def remember_device(response: Response, place: Place, identifier: str) -> Response:
    """Let this device have an allowance of its own for this login name.

    The cookie holds a random id and keyed hashes that only the server can make and read.
    """
    device = place.device or secrets.token_hex(16)
    mark = _mark(device, identifier)
    marks = (mark, *(known for known in place.marks if known != mark))[:ACCOUNTS]
    secure = str(current_app.extensions["config"].public_url).startswith("https://")
    response.set_cookie(
        COOKIE,
        ".".join((device, *marks)),
        max_age=YEAR,
        httponly=True,
        secure=secure,
        samesite="Lax",
        path="/",
    )
    return response


def _mark(device: str, identifier: str) -> str:
    vault = current_app.extensions["vault"]
    return str(vault.digest("known-device", f"{device}|{identifier}"))[:MARK]


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))
