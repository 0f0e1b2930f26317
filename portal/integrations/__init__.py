"""The outside world: each real client beside the local twin that behaves the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from flask import Flask

from portal.config import TWIN, TWIN_CLIENT, Config
from portal.integrations.email import Mailbox, NoEmail, SmtpEmail
from portal.integrations.oidc import CALLBACK, register_outside
from portal.integrations.scanner import ClamdScanner, EicarScanner
from portal.integrations.whatsapp import CloudWhatsApp, LocalWhatsApp, NoWhatsApp


class Later:
    """Stands in for a client until it is first used, in the process that uses it.

    Signing and rendering libraries take a second to import, which a web process never needs;
    and the threads of some clients do not survive the fork of a worker.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: tuple[int, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.client(), name)

    def client(self) -> Any:
        """The client itself, made once in each process."""
        if self._made is None or self._made[0] != os.getpid():
            self._made = (os.getpid(), self._make())
        return self._made[1]


def register_integrations(app: Flask, config: Config) -> None:
    """Bind the clients to the app: extensions storage, scanner, signer, email and whatsapp.

    Where nothing is configured the demo and the tests get the local twin; production gets a
    client that refuses, so that a message nobody sent is never called sent.
    """
    vault = app.extensions["vault"]
    may_pretend = config.demo or config.testing
    app.extensions["storage"] = Later(lambda: _storage(config, vault))
    app.extensions["scanner"] = ClamdScanner(config.clamd_socket) if config.clamd_socket else EicarScanner()
    app.extensions["signer"] = Later(lambda: _signer(config, may_pretend=may_pretend))
    register_outside(app, config)
    if config.demo:
        _serve_twin(app, config)
    if config.smtp_url:
        app.extensions["email"] = SmtpEmail(config.smtp_url, config.public_url)
    else:
        app.extensions["email"] = Mailbox() if may_pretend else NoEmail()
    if config.whatsapp_url:
        app.extensions["whatsapp"] = CloudWhatsApp(config.whatsapp_url, config.whatsapp_token or "")
    else:
        app.extensions["whatsapp"] = LocalWhatsApp() if may_pretend else NoWhatsApp()


def _serve_twin(app: Flask, config: Config) -> None:
    """Let the demo's own provider answer below the portal's address; it shares nothing with the portal."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from portal.integrations.outside_twin import Twin

    redirects = tuple(f"{config.public_url}{CALLBACK}{one.key}" for one in config.outside)
    twin = Twin(TWIN_CLIENT, TWIN_CLIENT, redirects, config.public_url + TWIN)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {TWIN: twin})  # type: ignore[method-assign]


def _storage(config: Config, vault: Any) -> Any:
    from portal.integrations.storage import storage_from_url

    return storage_from_url(config.storage_url, vault)


def _signer(config: Config, *, may_pretend: bool) -> Any:
    from portal.integrations.signer import signer_for

    return signer_for(config, may_pretend=may_pretend)
