"""The messages that the demo sent, as their recipients would see them."""

from __future__ import annotations

import re
from typing import Any

from flask import Response

from portal.auth import requires
from portal.blueprints.demo import bp
from portal.queries.outbox import list_newest
from portal.web.fragments import answer

LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")
NEWEST = 30


@bp.get("/demo/pesan")
@requires("demo")
def show_messages() -> Response:
    """The newest messages with links that work."""
    return answer("demo/messages.html", "demo/_messages.html", messages=[_shown(m) for m in list_newest(NEWEST)])


def _shown(message: Any) -> dict[str, Any]:
    return {
        "channel": message.channel,
        "recipient": message.recipient or "",
        "subject": message.subject or "",
        "state": message.state,
        "at": message.created_at,
        "paragraphs": [_pieces(line) for line in (message.body or "").splitlines() if line],
    }


def _pieces(line: str) -> list[tuple[str, bool]]:
    """(text, whether it is a link), in order."""
    return [(piece, n % 2 == 1) for n, piece in enumerate(LINK.split(line)) if piece]
