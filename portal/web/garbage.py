"""Refuses what no form of ours sends: zero bytes, which no database keeps as text, and a flood of inputs."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, Request, request
from werkzeug.exceptions import BadRequest

from portal.errors import NotFound

ZERO = "\0"
TYPED = "application/x-www-form-urlencoded"


class BoundedRequest(Request):
    """A request whose typed text is bounded, as that of forms with files is by the framework itself.

    Otherwise 25 MB of `a&a&` become millions of inputs, and gigabytes of memory.
    """

    @property
    def max_content_length(self) -> int | None:
        """The most bytes that are read of the body."""
        if self.mimetype == TYPED:
            return self.max_form_memory_size
        return super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value


def register_garbage(app: Flask) -> None:
    """Look at every request before its route does."""
    app.request_class = BoundedRequest
    app.before_request(_refuse_garbage)


def _refuse_garbage() -> None:
    if ZERO in request.path or _holds_zero(request.args.items(multi=True)):
        raise NotFound("address")
    if request.method == "POST" and _holds_zero(request.form.items(multi=True)):
        raise BadRequest


def _holds_zero(pairs: Iterable[tuple[str, str]]) -> bool:
    return any(ZERO in name or ZERO in value for name, value in pairs)
