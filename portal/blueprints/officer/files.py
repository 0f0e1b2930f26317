"""Files of a case, served to officers within whose reach it lies; each opening is logged."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app

from portal.auth import requires, viewer
from portal.blueprints.officer import bp
from portal.blueprints.officer.desk import officer_id
from portal.errors import NotFound
from portal.operations.readings import log_reading
from portal.queries.cases import find_sent_file, get_paper
from portal.queries.desk import refuse_beyond_reach
from portal.transaction import transaction

# A file never runs anything; a PDF is shown by the browser's own viewer, which a sandbox would stop.
PICTURE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'self'"
PDF_POLICY = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"


@bp.get("/berkas/<code>")
@requires("officer")
def show_file(code: str) -> Response:
    """One supporting document in full size; the reading is kept."""
    file, application = _reached(code)
    with transaction():
        log_reading(officer_id(viewer()), application.id, "document", code)
    return _serve(file.media_type, file.blob, file.wrapped_key)


@bp.get("/berkas/<code>/kecil")
@requires("officer")
def show_thumbnail(code: str) -> Response:
    """The small picture beside a document's name, which tells nothing that the page does not."""
    file, _ = _reached(code)
    if not file.thumbnail_blob:
        raise NotFound("file")
    return _serve("image/jpeg", file.thumbnail_blob, file.thumbnail_key)


@bp.get("/dokumen/<verification_code>")
@requires("officer")
def show_paper(verification_code: str) -> Response:
    """The paper before its signature, for who has to judge it."""
    paper, application, file = get_paper(verification_code)
    refuse_beyond_reach(application, viewer().duties, officer_id(viewer()))
    if file is None or file.erased_at is not None:
        raise NotFound("paper")
    with transaction():
        log_reading(officer_id(viewer()), application.id, "paper", paper.verification_code)
    return _serve(file.media_type, file.blob, file.wrapped_key)


def _reached(code: str) -> tuple[Any, Any]:
    found = find_sent_file(code)
    if found is None:
        raise NotFound("file")
    refuse_beyond_reach(found.Application, viewer().duties, officer_id(viewer()))
    return found.StoredFile, found.Application


def _serve(media_type: str, blob: str, key: bytes) -> Response:
    body = current_app.extensions["storage"].read(blob, key)
    response = Response(body, mimetype=media_type)
    is_pdf = media_type == "application/pdf"
    response.headers["Content-Security-Policy"] = PDF_POLICY if is_pdf else PICTURE_POLICY
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "no-store"
    return response
