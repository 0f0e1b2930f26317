"""The officers' desk: log in, lists, one case with its acts, papers to sign."""

from flask import Blueprint

bp = Blueprint("officer", __name__, url_prefix="/petugas")

from portal.blueprints.officer import (  # noqa: E402 - the routes need bp.
    actions,
    behalf,
    breaches,
    cases,
    chat,
    counter,
    declared_lists,
    duties,
    files,
    groups,
    lists,
    log,
    logins,
    notes,
    own_account,
    privacy,
    recovery,
    second_factor,
    signing,
    staff,
    texts,
    work,
)

__all__ = [
    "actions",
    "behalf",
    "bp",
    "breaches",
    "cases",
    "chat",
    "counter",
    "declared_lists",
    "duties",
    "files",
    "groups",
    "lists",
    "log",
    "logins",
    "notes",
    "own_account",
    "privacy",
    "recovery",
    "second_factor",
    "signing",
    "staff",
    "texts",
    "work",
]
