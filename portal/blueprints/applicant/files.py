"""Files of the person who asks: shown, made small, or taken away whole (XCT-03)."""

from __future__ import annotations

from flask import Response

from portal.auth import requires, viewer
from portal.blueprints.applicant import bp
from portal.errors import NotFound
from portal.queries.documents import get_own_file
from portal.web.files import SHOWN, send_stored, send_thumbnail
from portal.web.fragments import answer


@bp.get("/berkas/<code>")
@requires("citizen")
def send_file(code: str) -> Response:
    """The bytes of an own file, in a sandbox."""
    return send_stored(get_own_file(code, viewer().account_id, viewer().closed))


@bp.get("/berkas/<code>/kecil")
@requires("citizen")
def send_small_picture(code: str) -> Response:
    """The thumbnail of an own picture."""
    file = get_own_file(code, viewer().account_id, viewer().closed)
    if not file.thumbnail_blob or not file.thumbnail_key:
        raise NotFound("thumbnail")
    return send_thumbnail(file.thumbnail_blob, file.thumbnail_key, file.thumbnail_size, f"{file.sha256[:24]}-small")


@bp.get("/berkas/<code>/lihat")
@requires("citizen")
def show_file(code: str) -> Response:
    """An own file enlarged, with the way back (SIN-58, SIN-63)."""
    file = get_own_file(code, viewer().account_id, viewer().closed)
    return answer("applicant/file.html", file=file, is_picture=file.media_type in SHOWN)
