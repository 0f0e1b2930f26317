"""What anybody may see: the front page, agencies, services, information, verification."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from portal.blueprints.public import (  # noqa: E402 - the routes need bp.
    consent,
    information,
    machine,
    services,
    verification,
)

__all__ = ["bp", "consent", "information", "machine", "services", "verification"]
