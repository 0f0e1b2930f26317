"""What outside services tell us: each proves itself by a signature, none has a session."""

from flask import Blueprint

bp = Blueprint("hooks", __name__, url_prefix="/hooks")

from portal.blueprints.hooks import whatsapp  # noqa: E402, F401 - the routes need bp.
