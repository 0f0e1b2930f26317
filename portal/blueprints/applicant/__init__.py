"""The applicant's side: begin, fill, send, follow, mend, talk about and take away one's applications."""

from flask import Blueprint

bp = Blueprint("applicant", __name__)

from portal.blueprints.applicant import (  # noqa: E402 - the routes need bp.
    actions,
    applications,
    beginning,
    chat,
    detail,
    documents,
    downloads,
    files,
    notes,
    proof,
    samples,
    steps,
)

__all__ = [
    "actions",
    "applications",
    "beginning",
    "bp",
    "chat",
    "detail",
    "documents",
    "downloads",
    "files",
    "notes",
    "proof",
    "samples",
    "steps",
]
