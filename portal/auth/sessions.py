"""Stored sessions: the cookie is a random id, everything else lies in the `visit` row."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from portal import clock
from portal.auth.devices import device_label
from portal.auth.viewer import Viewer, audience_of, find_visit, viewer_of
from portal.config import Config
from portal.operations import visits
from portal.transaction import transaction

IDLE = {"citizen": timedelta(minutes=30), "officer": timedelta(hours=2), "kiosk": timedelta(minutes=2)}
SEEN_EVERY = timedelta(minutes=1)
STATELESS = frozenset({"public.health", "public.asset"})


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """The session of one visit. Its CSRF secret follows from the random id and is never stored."""

    def __init__(self, sid: str, *, is_new: bool, data: dict[str, Any], viewer: Viewer) -> None:
        def on_update(_: Any) -> None:
            self.modified = True

        super().__init__(data, on_update)
        self.sid = sid
        self.is_new = is_new
        self.viewer = viewer
        self.modified = False


class VisitSessions(SessionInterface):
    """The cookie is a random id; everything else lies in the `visit` row under its keyed digest."""

    def __init__(self, config: Config) -> None:
        self._secret = config.secret_key.encode()
        self._secure = config.public_url.startswith("https://")

    def cookie_name(self, audience: str) -> str:
        """`__Host-` binds the cookie to this host, which browsers allow over HTTPS only."""
        name = {"citizen": "loket", "officer": "petugas", "kiosk": "kios"}[audience]
        return f"__Host-{name}" if self._secure else name

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        audience = audience_of(request.path)
        sid = request.cookies.get(self.cookie_name(audience), "")
        if not _is_well_formed(sid):
            return self._session(secrets.token_urlsafe(32), Viewer(audience), is_new=True)
        if request.endpoint in STATELESS:
            return self._session(sid, Viewer(audience))
        found = find_visit(visits.digest(sid), audience)
        if found is None:
            return self._session(sid, Viewer(audience))
        visit, duties = found
        if visit.expires_at <= clock.now():
            g.expired_account_id, g.expired_agency = visit.account_id, visit.agency
            return self._session(sid, Viewer(audience))
        ends_at = None
        if clock.now() - visit.seen_at > SEEN_EVERY:
            g.touch_visit = visit.id
            ends_at = clock.now() + IDLE[audience]
        who = viewer_of(visit, duties, ends_at)
        if visit.account_id is not None and not who.is_logged_in:
            # The agency blocked them: nothing of the visit goes on, not even its id.
            return self._session(secrets.token_urlsafe(32), who, is_new=True)
        return self._session(sid, who, dict(visit.data))

    def csrf_token(self, sid: str) -> str:
        return hmac.new(self._secret, sid.encode(), hashlib.sha256).hexdigest()

    def _session(
        self, sid: str, who: Viewer, data: dict[str, Any] | None = None, *, is_new: bool = False
    ) -> StoredSession:
        stored = StoredSession(sid, is_new=is_new, data=data or {}, viewer=who)
        dict.__setitem__(stored, "csrf_token", self.csrf_token(sid))
        return stored

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, StoredSession)
        audience = session.viewer.audience
        touched = g.pop("touch_visit", None)
        if session.modified:
            data = {key: value for key, value in session.items() if key != "csrf_token"}
            with transaction():
                visits.keep_visit(session.sid, audience, data, expires_in=IDLE[audience])
        elif touched is not None:
            with transaction():
                visits.touch_visit(touched, expires_in=IDLE[audience])
        # A visitor who was shown no form and told nothing needs no cookie.
        if session.is_new and (session.modified or "csrf_token" in g):
            response.set_cookie(
                self.cookie_name(audience),
                session.sid,
                httponly=True,
                secure=self._secure,
                samesite="Lax",
                path="/",
            )


def _is_well_formed(sid: str) -> bool:
    return 40 <= len(sid) <= 60 and sid.isascii()


def viewer() -> Viewer:
    """Who is asking, in this request."""
    return _current().viewer


def _current() -> StoredSession:
    found = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's proxy has no other way.
    assert isinstance(found, StoredSession)
    return found


def log_in(account_id: int, *, agency: str = "", assurance: int = 0, by_password: bool = True) -> None:
    """Begin a new visit for the account, with a new random id; the old one ends.

    assurance: what the proof is worth (operations.logins.worth_of). by_password: it was typed just now.
    """
    current = _current()
    audience = current.viewer.audience
    fresh = secrets.token_urlsafe(32)
    with transaction():
        visits.open_visit(
            fresh,
            replaces=current.sid,
            audience=audience,
            account_id=account_id,
            agency=agency,
            expires_in=IDLE[audience],
            assurance=assurance,
            device=device_label(request.user_agent.string),
            by_password=by_password,
        )
        found = find_visit(visits.digest(fresh), audience)
    assert found is not None, "it was stored just now"
    _rename(current, fresh, viewer_of(*found))


def stay_logged_in() -> Viewer:
    """The idle time of this visit begins anew, however lately it was seen; the viewer with the new end."""
    current = _current()
    g.touch_visit = current.viewer.visit_id
    current.viewer = replace(current.viewer, ends_at=clock.now() + IDLE[current.viewer.audience])
    return current.viewer


def log_out() -> None:
    """End the visit on the server, and begin an empty one with a new id."""
    current = _current()
    with transaction():
        visits.end_visit(current.sid)
    _rename(current, secrets.token_urlsafe(32), Viewer(current.viewer.audience))


def _rename(current: StoredSession, sid: str, who: Viewer) -> None:
    """The session goes on under another random id, empty, for another viewer."""
    interface = current_app.session_interface
    assert isinstance(interface, VisitSessions)
    current.clear()
    dict.__setitem__(current, "csrf_token", interface.csrf_token(sid))
    current.sid, current.is_new, current.viewer, current.modified = sid, True, who, True
    g.pop("csrf_token", None)
