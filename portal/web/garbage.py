"""Refuses what is no text: a zero byte stands in no address and no form of ours, and no database keeps one as text."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from portal.errors import NotFound

ZERO = "\0"


def register_garbage(app: Flask) -> None:
    """Look at every request before its route does."""
    app.before_request(_refuse_garbage)


def _refuse_garbage() -> None:
    if ZERO in request.path or _holds_zero(request.args.items(multi=True)):
        raise NotFound("address")
    if request.method == "POST" and _holds_zero(request.form.items(multi=True)):
        raise BadRequest


def _holds_zero(pairs: Iterable[tuple[str, str]]) -> bool:
    return any(ZERO in name or ZERO in value for name, value in pairs)
