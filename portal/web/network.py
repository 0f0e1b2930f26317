"""Which network a request comes from, as limits count it."""

from __future__ import annotations

import ipaddress

from flask import request


def network_of_request() -> str:
    """The address (IPv4) or its /64 (IPv6: one household holds that many); "" when it is unknown."""
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))
