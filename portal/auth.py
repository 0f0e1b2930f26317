"""Who is asking: stored visits behind random cookies, the viewer, and what a route demands."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from urllib.parse import urlencode
from typing import Any, Literal, ParamSpec, TypeVar

from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from portal import clock
from portal.config import Config
from portal.engine.workflow import Actor
from portal.extensions import login_manager
from portal.operations import visits
from portal.queries import accounts as account_queries
from portal.transaction import transaction

Audience = Literal["citizen", "officer", "kiosk"]
IDLE = {"citizen": timedelta(minutes=30), "officer": timedelta(hours=2), "kiosk": timedelta(minutes=2)}
SEEN_EVERY = timedelta(minutes=1)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class DutyView:
    """One duty of an officer, as far as deciding needs it."""

    agency: str
    office: str
    role: str


@dataclass(frozen=True)
class Viewer:
    """The person behind a request; nobody in particular when `account_id` is None."""

    audience: Audience
    account_id: int | None = None
    name: str = ""
    visit_id: int | None = None
    agency: str = ""
    enrolments: frozenset[str] = frozenset()
    duties: tuple[DutyView, ...] = field(default=())

    # Flask-Login's protocol.
    @property
    def is_authenticated(self) -> bool:
        return self.account_id is not None

    is_logged_in = is_authenticated
    is_active = is_authenticated

    @property
    def is_anonymous(self) -> bool:
        return self.account_id is None

    def get_id(self) -> str:
        return str(self.account_id)

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    def agencies(self) -> tuple[str, ...]:
        """Where this officer has a duty."""
        return tuple(dict.fromkeys(duty.agency for duty in self.duties))

    def roles_at(self, agency: str) -> frozenset[str]:
        return frozenset(duty.role for duty in self.duties if duty.agency == agency)

    def actor(self, agency: str) -> Actor:
        """This viewer as the engine sees one who acts at an agency."""
        if self.audience == "officer":
            return Actor("officer", self.account_id, self.roles_at(agency))
        return Actor("applicant", self.account_id, frozenset())


def audience_of(path: str) -> Audience:
    """Officers, kiosks and citizens have a cookie each; the path says which one counts."""
    if path == "/petugas" or path.startswith("/petugas/"):
        return "officer"
    if path == "/kios" or path.startswith("/kios/"):
        return "kiosk"
    return "citizen"


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
            return self._session(secrets.token_urlsafe(32), True, {}, Viewer(audience))
        if request.endpoint in STATELESS:
            return self._session(sid, False, {}, Viewer(audience))
        visit = account_queries.find_visit(visits.digest(sid), audience)
        if visit is None:
            return self._session(sid, False, {}, Viewer(audience))
        if visit.expires_at <= clock.now():
            g.expired_account_id = visit.account_id
            return self._session(sid, False, {}, Viewer(audience))
        if clock.now() - visit.seen_at > SEEN_EVERY:
            g.touch_visit = visit.id
        return self._session(sid, False, dict(visit.data), _viewer_of(visit))

    def csrf_token(self, sid: str) -> str:
        return hmac.new(self._secret, sid.encode(), hashlib.sha256).hexdigest()

    def _session(self, sid: str, is_new: bool, data: dict[str, Any], viewer: Viewer) -> StoredSession:
        stored = StoredSession(sid, is_new=is_new, data=data, viewer=viewer)
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


STATELESS = frozenset({"public.health", "public.asset"})


def _is_well_formed(sid: str) -> bool:
    return 40 <= len(sid) <= 60 and sid.isascii()


def _viewer_of(visit: Any) -> Viewer:
    if visit.account_id is None:
        return Viewer(visit.audience)
    duties: tuple[DutyView, ...] = ()
    enrolments: frozenset[str] = frozenset()
    if visit.audience == "officer":
        rows = account_queries.list_duties(visit.account_id, clock.today("Asia/Jakarta"))
        duties = tuple(DutyView(row.agency, row.office, row.role) for row in rows)
    else:
        enrolments = frozenset(account_queries.list_enrolled_agencies(visit.account_id))
    return Viewer(
        audience=visit.audience,
        account_id=visit.account_id,
        name=visit.name,
        visit_id=visit.id,
        agency=visit.agency,
        enrolments=enrolments,
        duties=duties,
    )


def viewer() -> Viewer:
    """Who is asking, in this request."""
    assert isinstance(session, StoredSession) or hasattr(session, "viewer")
    return session.viewer  # type: ignore[attr-defined]


def log_in(account_id: int, *, agency: str = "") -> None:
    """Begin a new visit for the account, with a new random id; the old one ends."""
    current: StoredSession = session._get_current_object()  # type: ignore[attr-defined]
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
        )
        visit = account_queries.find_visit(visits.digest(fresh), audience)
    _rename(current, fresh, _viewer_of(visit))


def log_out() -> None:
    """End the visit on the server, and begin an empty one with a new id."""
    current: StoredSession = session._get_current_object()  # type: ignore[attr-defined]
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


AccessRule = Literal["everyone", "citizen", "officer", "demo", "hook"]


def requires(rule: AccessRule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """State who may use a route; a test compares all rules with the url map.

    everyone: nobody is asked who they are. citizen, officer: somebody logged in on
    that side (officers need a duty that is in force). demo: routes that exist only
    in the demo. hook: outside services, which prove themselves by a signature.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if rule in ("citizen", "officer") and (refusal := _refuse(rule)):
                return refusal
            return view(*args, **kwargs)

        guarded.access_rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refuse(rule: str) -> Any:
    who = viewer()
    if rule == "officer" and who.is_logged_in and not who.duties:
        abort(404)
    if who.is_logged_in:
        return None
    login = url_for("officer.log_in_page" if rule == "officer" else "account.log_in_page")
    came_from = request.full_path.rstrip("?") if request.method == "GET" else request.path
    g.pop("touch_visit", None)
    if request.method == "POST" and g.get("expired_account_id"):
        with transaction():
            visits.stash_form(g.expired_account_id, request.path, request.form.to_dict())
    target = f"{login}?{urlencode({'lanjut': came_from})}"
    if request.headers.get("HX-Request"):
        answer = current_app.make_response(("", 200))
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, 303)


def register_auth(app: Flask, config: Config) -> None:
    """Bind sessions and Flask-Login to the application."""
    app.session_interface = VisitSessions(config)
    login_manager.init_app(app)
    login_manager.request_loader(lambda _request: viewer())
    login_manager.anonymous_user = lambda: viewer()
