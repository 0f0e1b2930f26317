"""The officers' desk: log in, lists, one case with its acts, papers to sign."""

from flask import Blueprint

bp = Blueprint("officer", __name__, url_prefix="/petugas")

from portal.blueprints.officer import (  # noqa: E402 - the routes need bp.
    actions,
    cases,
    chat,
    counter,
    files,
    lists,
    log,
    logins,
    notes,
    signing,
    work,
)

__all__ = ["actions", "bp", "cases", "chat", "counter", "files", "lists", "log", "logins", "notes", "signing", "work"]
