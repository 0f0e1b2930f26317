"""Errors as answers: what happened and what to do, as a page or in the page's error region."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.web.fragments import wants_partial


def register_errors(app: Flask) -> None:
    """Answer every refusal with a page that says what to do."""
    app.register_error_handler(NotFound, lambda error: _page(404, error))
    app.register_error_handler(NotAllowed, lambda error: _page(403, error))
    app.register_error_handler(Conflict, lambda error: _page(409, error))
    app.register_error_handler(Invalid, lambda error: _page(422, error))
    app.register_error_handler(CSRFError, lambda error: _page(400, error))
    app.register_error_handler(RequestEntityTooLarge, lambda error: _page(413, error))
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_harden)


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    return _page(error.code, error)


def _page(status: int, error: Any) -> Response:
    known = {403, 404, 405, 409, 413, 422, 429, 500, 503}
    # A request that cannot be read is not our mistake: loading the page again mends it, as it mends a stale form.
    name = "csrf" if status == 400 else str(status) if status in known else "500"
    response = make_response(render_template(f"errors/{name}.html", error=error), status)
    if wants_partial() and status != 422:
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " frame-src 'self'; object-src 'none'; manifest-src 'self'"
)


def _harden(response: Response) -> Response:
    """Headers of every answer; pages are never kept in a shared phone's cache."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), payment=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
