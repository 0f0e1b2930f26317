"""The demo's own pages: the sent messages, and one-tap logins; registered with LOKET_DEMO=1 only."""

from flask import Blueprint

bp = Blueprint("demo", __name__)

from portal.blueprints.demo import logins, messages  # noqa: E402, F401 - the routes need bp.
