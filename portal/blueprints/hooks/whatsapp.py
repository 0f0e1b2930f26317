"""WhatsApp's reports: delivered, read, failed; in any order, any number of times."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from flask import Response, abort, current_app, request

from portal.auth import requires
from portal.blueprints.hooks import bp
from portal.extensions import without_csrf_token
from portal.operations.delivery_reports import record_report
from portal.transaction import transaction

LONGEST = 1024 * 1024
MOST_REPORTS = 1000


@bp.get("/whatsapp")
@requires("hook")
def verify_whatsapp() -> Response:
    """Answer WhatsApp's question whether this address is ours."""
    word = current_app.extensions["config"].whatsapp_verify
    given = request.args.get("hub.verify_token", "")
    if request.args.get("hub.mode") != "subscribe" or not word or not _same(given, word):
        abort(404)
    return Response(request.args.get("hub.challenge", "")[:200], mimetype="text/plain")


@bp.post("/whatsapp")
@without_csrf_token  # The signature over the body proves the sender.
@requires("hook")
def receive_whatsapp() -> Response:
    """Take over reports; what is not about a message of ours is accepted and forgotten."""
    secret = current_app.extensions["config"].whatsapp_secret
    if not secret or (request.content_length or 0) > LONGEST:
        abort(404)
    body = request.get_data(cache=True)
    proof = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not _same(request.headers.get("X-Hub-Signature-256", ""), proof):
        abort(403)
    reports = list(_reports(request.get_json(silent=True)))[:MOST_REPORTS]
    with transaction():
        for report in reports:
            record_report(**report)
    return Response("", 200, mimetype="text/plain")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _reports(body: Any) -> Iterator[dict[str, str]]:
    """The statuses of a notification (entry.changes.value.statuses); anything odd is passed over."""
    for entry in _dicts(body, "entry"):
        for change in _dicts(entry, "changes"):
            value = change.get("value")
            for status in _dicts(value, "statuses"):
                name, wamid = status.get("status"), status.get("id")
                if not isinstance(name, str) or not isinstance(wamid, str):
                    continue
                error = next(_dicts(status, "errors"), {})
                yield {
                    "status": name,
                    "provider_id": wamid[:120],
                    "public_id": str(status.get("biz_opaque_callback_data") or "")[:40],
                    "problem": f"WhatsApp ({error.get('code')})" if error else "",
                }


def _dicts(value: Any, key: str) -> Iterator[dict[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    yield from (item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()
