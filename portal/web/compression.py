"""Pages leave compressed: on a 2G line every 6 KB is a second."""

from __future__ import annotations

import gzip
import secrets

import brotli
from flask import Flask, Response, request

from portal.auth.viewer import audience_of

SMALLEST = 400  # bytes; below this a header costs more than it saves
PADDING = 48  # bytes at most
# Officers sit on office lines and turn over lists all day: a seventh more bytes for a fifth of the work.
QUALITY, QUALITY_AT_THE_DESK = 5, 3


def register_compression(app: Flask) -> None:
    """Compress every HTML answer for clients that can read it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    accepts = request.accept_encodings
    if len(body) < SMALLEST or "Content-Encoding" in response.headers:
        return response
    # A page that repeats what was typed stands next to a secret token; a random length
    # keeps the compressed size from telling how much of the token was guessed (BREACH).
    body += b"<!--" + secrets.token_urlsafe(secrets.randbelow(PADDING)).encode() + b"-->"
    if accepts["br"] > 0:
        quality = QUALITY_AT_THE_DESK if audience_of(request.path) == "officer" else QUALITY
        response.set_data(brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality))
        response.headers["Content-Encoding"] = "br"
    elif accepts["gzip"] > 0:
        response.set_data(gzip.compress(body, 6))
        response.headers["Content-Encoding"] = "gzip"
    return response
