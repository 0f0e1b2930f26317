"""Stored bytes as answers: whole or in ranges, with headers under which nothing in them can act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.http import unquote_etag

from portal.integrations.storage import Storage

# A picture may be shown, but no page of the portal grows out of a file.
SANDBOX = "default-src 'none'; sandbox"
SHOWN = frozenset({"image/jpeg", "image/png"})


class Stored(Protocol):
    """What is needed of a stored file: a StoredFile, or a row with these names."""

    name: str
    media_type: str
    size: int
    sha256: str
    blob: str
    wrapped_key: bytes


def send_stored(file: Stored, *, as_attachment: bool = False, name: str = "") -> Response:
    """Answer a stored file, or the one range of it that is asked for (Range, If-Range, ETag, HEAD).

    Pictures are shown unless as_attachment; everything else is always an attachment.
    """
    response = _send(file.blob, file.wrapped_key, file.size, file.sha256)
    response.mimetype = file.media_type
    kind = "inline" if file.media_type in SHOWN and not as_attachment else "attachment"
    response.headers["Content-Disposition"] = disposition(kind, name or file.name)
    return response


def send_thumbnail(blob: str, wrapped_key: bytes, size: int, mark: str) -> Response:
    """Answer the small picture of a file; mark: anything that changes when the picture does."""
    response = _send(blob, wrapped_key, size, mark)
    response.mimetype = "image/jpeg"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "no-store"
    return response


def disposition(kind: str, name: str) -> str:
    """The header that names a file, safe for any name a person gave it."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _send(blob: str, wrapped_key: bytes, size: int, mark: str) -> Response:
    etag = f'"{mark[:32]}"'
    start, end, status = _wanted(size, etag)
    response = current_app.response_class(status=status)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    if status == 304:
        return response
    if status == 416:
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if request.method != "HEAD":
        response.response = _pieces(blob, wrapped_key, start, end)
    response.headers["Content-Length"] = str(end - start)
    return response


def _wanted(size: int, etag: str) -> tuple[int, int, int]:
    """(start, end, status) of what this request asks for; several ranges are answered whole."""
    if request.if_none_match.contains_weak(unquote_etag(etag)[0] or ""):
        return 0, 0, 304
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size, 200
    # A changed file is never spliced onto the beginning of an older one.
    if request.if_range.date is not None:
        return 0, size, 200
    if request.if_range.etag is not None and f'"{request.if_range.etag}"' != etag:
        return 0, size, 200
    found = asked.range_for_length(size)
    if found is None:
        return 0, 0, 416
    return found[0], found[1], 206


def _pieces(blob: str, wrapped_key: bytes, start: int, end: int) -> Iterator[bytes]:
    # Opened now, while the app is at hand; read while the answer is on its way.
    storage: Storage = current_app.extensions["storage"]
    return storage.open_range(blob, wrapped_key, start, end)
