"""The officers' desk: log in, lists, one case with its acts, papers to sign."""

from flask import Blueprint

bp = Blueprint("officer", __name__, url_prefix="/petugas")

from portal.blueprints.officer import (  # noqa: E402 - the routes need bp.
    actions,
    breaches,
    cases,
    chat,
    counter,
    files,
    lists,
    log,
    logins,
    notes,
    privacy,
    signing,
    work,
)

__all__ = [
    "actions",
    "bp",
    "breaches",
    "cases",
    "chat",
    "counter",
    "files",
    "lists",
    "log",
    "logins",
    "notes",
    "privacy",
    "signing",
    "work",
]
