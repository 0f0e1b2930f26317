"""Outside providers of identities: Google by OpenID Connect, Facebook by OAuth, both through Authlib.

What they say is believed only over a connection that we opened, or with a signature of the issuer's keys.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from flask import Flask

from portal import clock
from portal.config import Config, OutsideConfig

TIMEOUT = 6  # seconds; somebody is waiting
KEYS_LIVE = 3600.0  # seconds in which an issuer's addresses and keys are not asked again
LEEWAY = 60  # seconds by which clocks may differ
LARGEST = 200_000  # bytes of any answer
ALGORITHMS = ("RS256", "ES256")
EXTENSION = "outside"
CALLBACK = "/masuk/luar/"  # and the provider's word: the address that is registered with each provider
SHOWN_LONGEST = 120

Problem = Literal["down", "denied", "forged"]


class OutsideRefused(Exception):
    """No identity came of it. problem: down (try later), denied (the person said no), forged (do not believe it)."""

    def __init__(self, problem: Problem, why: str) -> None:
        self.problem: Problem = problem
        super().__init__(f"{problem}: {why}")


@dataclass(frozen=True)
class Identity:
    """Who somebody is to a provider. name and email are what it says of them and prove nothing here."""

    provider: str
    issuer: str
    subject: str
    name: str = ""
    email: str = ""

    @property
    def shown(self) -> str:
        """By what its owner knows it."""
        return (self.email or self.name)[:SHOWN_LONGEST]


@dataclass(frozen=True)
class Begun:
    """A way to a provider: where to send the browser, and the secrets that its answer has to fit."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass
class OutsideProvider:
    """One provider, spoken to by the authorization code flow with PKCE."""

    config: OutsideConfig
    _met: dict[str, Any] = field(default_factory=dict)
    _met_until: float = 0.0

    @property
    def origin(self) -> str:
        """Where its own pages lie: a form of ours may lead there."""
        parts = urlsplit(self.config.authorize_url or self.config.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def begin(self, redirect_uri: str) -> Begun:
        """Fresh secrets and the address that asks the provider; raises OutsideRefused when it is down."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        extra = {"nonce": nonce} if self.config.is_oidc else {}
        with self._session(redirect_uri) as session:
            url, _ = session.create_authorization_url(
                self._addresses()["authorization_endpoint"], state=state, code_verifier=verifier, **extra
            )
        return Begun(url, state, nonce, verifier)

    def finish(self, begun: Begun, answered: Mapping[str, str], redirect_uri: str) -> Identity:
        """The identity behind the provider's answer to `begun`; raises OutsideRefused for anything else."""
        if not secrets.compare_digest(answered.get("state", "").encode(), begun.state.encode()):
            raise OutsideRefused("forged", "state")
        if answered.get("error"):
            raise OutsideRefused("denied" if answered["error"] == "access_denied" else "down", answered["error"][:80])
        if answered.get("iss", self.config.issuer) != self.config.issuer or not answered.get("code"):
            raise OutsideRefused("forged", "no code of this issuer")
        with self._session(redirect_uri) as session:
            token = self._token(session, answered["code"], begun.verifier)
            if self.config.is_oidc:
                return self._from_id_token(session, token, begun.nonce)
            return self._from_profile(session)

    def _token(self, session: Any, code: str, verifier: str) -> Mapping[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            token: Mapping[str, Any] = session.fetch_token(
                self._addresses()["token_endpoint"], code=code, code_verifier=verifier, allow_redirects=False
            )
        except AuthlibBaseError as error:
            raise OutsideRefused("forged", error.error) from error
        except (RequestException, ValueError) as error:
            raise OutsideRefused("down", type(error).__name__) from error
        if not token.get("access_token"):
            raise OutsideRefused("forged", "no token")
        return token

    def _from_id_token(self, session: Any, token: Mapping[str, Any], nonce: str) -> Identity:
        """Signature by the issuer's keys, issuer, audience, times, nonce and at_hash, or nothing."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        written = token.get("id_token")
        if not isinstance(written, str):
            raise OutsideRefused("forged", "no id token")
        try:
            opened = jwt.decode(written, self._keys(session, written), algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                opened.claims,
                opened.header,
                options={"iss": {"value": self.config.issuer}, "aud": {"value": self.config.client_id}},
                params={
                    "nonce": nonce,
                    "client_id": self.config.client_id,
                    "access_token": token["access_token"],
                },
            )
            claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OutsideRefused("forged", type(error).__name__) from error
        return self._identity(str(claims["sub"]), claims)

    def _from_profile(self, session: Any) -> Identity:
        """OAuth alone has no signed statement: who the token belongs to is asked over our own connection."""
        said = self._get(session, self.config.profile_url)
        if not said.get("id"):
            raise OutsideRefused("forged", "no id")
        return self._identity(str(said["id"]), said)

    def _identity(self, subject: str, said: Mapping[str, Any]) -> Identity:
        if not subject or len(subject) > 255:
            raise OutsideRefused("forged", "subject")
        name, email = (said.get(key) for key in ("name", "email"))
        return Identity(
            self.config.key,
            self.config.issuer,
            subject,
            name if isinstance(name, str) else "",
            email if isinstance(email, str) else "",
        )

    def _keys(self, session: Any, written: str) -> Any:
        """The issuer's keys; asked anew when the token names one that we have not met."""
        from joserfc import jws
        from joserfc.jwk import KeySet

        kid = jws.extract_compact(written.encode()).headers().get("kid")
        met = self._met.get("jwks")
        if met is None or kid not in {key.get("kid") for key in met.get("keys", ())}:
            self._met["jwks"] = met = self._get(session, self._addresses()["jwks_uri"])
        return KeySet.import_key_set(dict(met))  # type: ignore[arg-type]

    def _addresses(self) -> Mapping[str, str]:
        """The provider's addresses: as configured, or as its discovery document says."""
        if not self.config.is_oidc:
            return {
                "authorization_endpoint": self.config.authorize_url,
                "token_endpoint": self.config.token_url,
            }
        if "discovery" not in self._met or time.monotonic() > self._met_until:
            with self._session("") as session:
                said = self._get(session, f"{self.config.issuer}/.well-known/openid-configuration")
            wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            scheme = urlsplit(self.config.issuer).scheme
            is_sound = all(urlsplit(str(said.get(name, ""))).scheme == scheme for name in wanted)
            if said.get("issuer") != self.config.issuer or not is_sound:
                raise OutsideRefused("forged", "discovery")
            self._met = {"discovery": {name: said[name] for name in wanted}}
            self._met_until = time.monotonic() + KEYS_LIVE
        found: Mapping[str, str] = self._met["discovery"]
        return found

    def _get(self, session: Any, url: str) -> Mapping[str, Any]:
        from requests import RequestException

        try:
            # Before there is a token, this is an ordinary request of the same session.
            answer = session.get(url, withhold_token=not session.token, allow_redirects=False)
            if answer.status_code != 200 or len(answer.content) > LARGEST:
                raise OutsideRefused("down", f"{answer.status_code}")
            said = answer.json()
        except (RequestException, ValueError) as error:
            raise OutsideRefused("down", type(error).__name__) from error
        if not isinstance(said, dict):
            raise OutsideRefused("down", "not an object")
        return said

    def _session(self, redirect_uri: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self.config.client_id,
            self.config.client_secret,
            scope=self.config.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a way, not a secret
            default_timeout=TIMEOUT,
        )


def register_outside(app: Flask, config: Config) -> None:
    """Bind the configured providers to the app, by the word under which agencies declare them."""
    app.extensions[EXTENSION] = {one.key: OutsideProvider(one) for one in config.outside}
