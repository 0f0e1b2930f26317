"""Answers to addresses that hold a secret: they go to nobody as a referrer."""

from __future__ import annotations

from flask import Response


def quiet(response: Response) -> Response:
    """Let no page behind a link from a message tell where it was."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
