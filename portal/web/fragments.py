"""The one decision whether an answer is a page or a partial, and how a success answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, make_response, redirect, render_template, request

ADDRESS = "%!#$&'()*+,/:;=?@[]~"  # the signs that have a meaning in an address


def wants_partial() -> bool:
    """Whether htmx asked for a part of the page (a history restore wants the whole)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type") != "full"
    )


def answer(page: str, partial: str | None = None, *, status: int = 200, push: str = "", **context: Any) -> Response:
    """Render the page, or only its partial for htmx; both vary on the header.

    page, partial: template names. push: the address that the browser should show
    for a partial that stands for another page.
    """
    as_partial = partial is not None and wants_partial()
    body = render_template(partial if as_partial and partial else page, **context)
    response = make_response(body, status)
    response.headers["Vary"] = "HX-Request"
    if as_partial and push:
        response.headers["HX-Push-Url"] = push
    return response


def see_other(address: str) -> Response:
    """Send the browser on after a success: 303, or htmx's own redirect.

    An address may hold what somebody typed: what cannot stand in one is written as %XX.
    """
    address = quote(address, safe=ADDRESS)
    if wants_partial():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = address
        response.vary.add("HX-Request")
        return response
    return make_response(redirect(address, 303))
