"""The local twin of Google and Facebook: a small provider of identities that is spoken to over HTTP as they are.

Its people are nobody. It serves the demo below an address of its own, and the tests on a port, where it can also
be told to misbehave.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from portal import clock

CODE_LIFE = timedelta(minutes=1)
TOKEN_LIFE = timedelta(hours=1)
KID = "kunci-1"
PAGE = """<!doctype html><html lang="id"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>SIMULASI {label}</title></head>
<body><main><h1>SIMULASI {label}</h1><p>Pilih akun untuk masuk ke Loket. Tidak ada orang sungguhan di sini.</p>
{choices}<p><a href="{deny}">Batal</a></p></main></body></html>"""
CHOICE = '<p><a href="{href}">{name} ({email})</a></p>'


@dataclass(frozen=True)
class Person:
    """Somebody who has an account with the provider."""

    subject: str
    name: str
    email: str


PEOPLE = (
    Person("108000000000000000001", "Siti Aminah", "siti.aminah@example.com"),
    Person("108000000000000000002", "Budi Santoso", "budi.santoso@example.com"),
    Person("108000000000000000003", "Ratna Baru", "ratna.baru@example.com"),
)


@dataclass
class _Grant:
    """What a code or a token stands for."""

    person: Person
    expires_at: float
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str = ""


@dataclass
class Twin:
    """A WSGI application. mishaps: names of failures, each taken by the next answer that can fail so."""

    client_id: str
    client_secret: str
    redirects: tuple[str, ...]
    base: str = ""  # its own address, as browsers and the portal reach it
    mishaps: list[str] = field(default_factory=list)
    _codes: dict[str, _Grant] = field(default_factory=dict)
    _tokens: dict[str, _Grant] = field(default_factory=dict)
    _key: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        routes = {
            "/google/.well-known/openid-configuration": self._discovery,
            "/google/authorize": self._authorize,
            "/google/token": self._token,
            "/google/jwks": self._jwks,
            "/facebook/dialog/oauth": self._authorize,
            "/facebook/graph/oauth/access_token": self._token,
            "/facebook/graph/me": self._me,
        }
        route = routes.get(request.path)
        response = route(request) if route else Response("tidak ada", 404)
        return response(environ, start_response)

    def _discovery(self, _request: Request) -> Response:
        if self._fails("down"):
            return Response("sedang istirahat", 503)
        issuer = f"{self.base}/google"
        return _json(
            {
                "issuer": "https://lain.example" if self._fails("other-discovery") else issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _authorize(self, request: Request) -> Response:
        """A page on which one chooses who to be; choosing sends the browser back with a code."""
        asked = request.args
        redirect_uri = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client_id or redirect_uri not in self.redirects:
            return Response("client_id atau redirect_uri tidak terdaftar", 400)
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return _back(redirect_uri, error="invalid_request", state=asked.get("state", ""))
        if "batal" in asked:
            return _back(redirect_uri, error="access_denied", state=asked.get("state", ""))
        chosen = next((person for person in PEOPLE if person.subject == asked.get("orang")), None)
        if chosen is None:
            return Response(_chooser(request), mimetype="text/html")
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Grant(
            chosen, _in(CODE_LIFE), redirect_uri, asked.get("code_challenge", ""), asked.get("nonce", "")
        )
        state = "lain" if self._fails("wrong-state") else asked.get("state", "")
        return _back(redirect_uri, code=code, state=state)

    def _token(self, request: Request) -> Response:
        """A code for a token, once, to who knows the client's secret and the verifier."""
        if self._fails("token-down"):
            return Response("galat", 500)
        if self._fails("token-not-json"):
            return Response("<html>", mimetype="text/html")
        asked = request.form
        grant = self._codes.pop(asked.get("code", ""), None)
        is_client = secrets.compare_digest(asked.get("client_secret", ""), self.client_secret)
        is_asker = grant is not None and _challenge(asked.get("code_verifier", "")) == grant.challenge
        if not is_client or asked.get("client_id") != self.client_id:
            return _json({"error": "invalid_client"}, 401)
        if (
            grant is None
            or not is_asker
            or grant.expires_at < _now()
            or asked.get("redirect_uri") != grant.redirect_uri
        ):
            return _json({"error": "invalid_grant"}, 400)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = _Grant(grant.person, _in(TOKEN_LIFE))
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(TOKEN_LIFE.total_seconds())}
        if request.path.startswith("/google/") and not self._fails("no-id-token"):
            answer["id_token"] = self._id_token(f"{self.base}/google", grant, token)
        return _json(answer)

    def _id_token(self, issuer: str, grant: _Grant, token: str) -> str:
        from joserfc import jwt
        from joserfc.jwk import ECKey, OctKey

        now = int(_now())
        half = hashlib.sha256(token.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": "https://lain.example" if self._fails("wrong-issuer") else issuer,
            "sub": grant.person.subject,
            "aud": "orang-lain" if self._fails("wrong-audience") else self.client_id,
            "iat": now,
            "exp": now - 3600 if self._fails("expired") else now + 3600,
            "nonce": "lain" if self._fails("wrong-nonce") else grant.nonce,
            "at_hash": "lain" if self._fails("wrong-at-hash") else _url64(half),
            "name": grant.person.name,
            "email": grant.person.email,
            "email_verified": True,
        }
        header, key = {"alg": "ES256", "kid": KID}, self._signing_key()
        if self._fails("forged"):
            key = ECKey.generate_key("P-256")
        if self._fails("weak"):
            header, key = {"alg": "HS256", "kid": KID}, OctKey.import_key(self.client_secret.ljust(32, "."))
        if self._fails("unsigned"):
            head, body = (_url64(part.encode()) for part in ('{"alg":"none"}', _dumps(claims)))
            return f"{head}.{body}."
        return jwt.encode(header, claims, key, algorithms=["ES256", "HS256"])

    def _jwks(self, _request: Request) -> Response:
        public = self._signing_key().as_dict(private=False)
        return _json({"keys": [public | {"kid": KID, "use": "sig", "alg": "ES256"}]})

    def _me(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        grant = self._tokens.get(token)
        if self._fails("me-down"):
            return Response("galat", 500)
        if grant is None or grant.expires_at < _now():
            return _json({"error": {"message": "Invalid OAuth access token.", "code": 190}}, 401)
        if self._fails("no-id"):
            return _json({"name": grant.person.name})
        return _json({"id": grant.person.subject, "name": grant.person.name, "email": grant.person.email})

    def _signing_key(self) -> Any:
        if self._key is None:
            from joserfc.jwk import ECKey

            self._key = ECKey.generate_key("P-256", {"kid": KID})
        return self._key

    def _fails(self, how: str) -> bool:
        if how not in self.mishaps:
            return False
        self.mishaps.remove(how)
        return True


def _chooser(request: Request) -> str:
    asked = request.args.to_dict()

    def link(**more: str) -> str:
        return escape(f"?{urlencode(asked | more)}")

    choices = [
        CHOICE.format(href=link(orang=one.subject), name=escape(one.name), email=escape(one.email)) for one in PEOPLE
    ]
    label = "Google" if request.path.startswith("/google/") else "Facebook"
    return PAGE.format(label=label, choices="\n".join(choices), deny=link(batal="1"))


def _back(redirect_uri: str, **said: str) -> Response:
    return Response("", 302, {"Location": f"{redirect_uri}?{urlencode(said)}"})


def _json(said: dict[str, Any], status: int = 200) -> Response:
    return Response(_dumps(said), status, {"Cache-Control": "no-store"}, mimetype="application/json")


def _dumps(said: dict[str, Any]) -> str:
    return json.dumps(said)


def _challenge(verifier: str) -> str:
    return _url64(hashlib.sha256(verifier.encode()).digest())


def _url64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _now() -> float:
    return clock.now().timestamp()


def _in(life: timedelta) -> float:
    return _now() + life.total_seconds()
