"""Who is asking: stored visits behind random cookies, the viewer, and what a route demands."""

from __future__ import annotations

from flask import Flask

from portal.auth.access import requires
from portal.auth.sessions import VisitSessions, log_in, log_out, stay_logged_in, viewer
from portal.auth.viewer import Viewer
from portal.config import Config
from portal.extensions import login_manager

__all__ = ["Viewer", "log_in", "log_out", "register_auth", "requires", "stay_logged_in", "viewer"]


def register_auth(app: Flask, config: Config) -> None:
    """Bind sessions and Flask-Login to the application."""
    app.session_interface = VisitSessions(config)
    # Templates know the viewer; nothing asks for `current_user`, which would be worked out for every page.
    login_manager.init_app(app, add_context_processor=False)
    # It would mark every session on its first look, a write for each visitor; our cookies are random ids of stored visits.
    login_manager.session_protection = None
    login_manager.request_loader(lambda _request: viewer())
    login_manager.anonymous_user = viewer
