"""Loket: one counter for Indonesian public services."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Config

AGENCIES = Path(__file__).parent / "agencies"
BLUEPRINTS = ("public", "account", "applicant", "officer", "hooks")


def create_app(config: Config | None = None) -> Flask:
    """The web application; also the context in which workers and commands run.

    Its parts are imported here and not above: who imports a part of the package, such as
    the supervisor, does not carry all of it.
    """
    from flask import Flask

    from portal import auth, queue, transaction
    from portal.config import load_config
    from portal.engine.load import load_catalogue
    from portal.extensions import Migrations, csrf, db, htmx
    from portal.integrations import register_integrations
    from portal.vault import Vault
    from portal.web import register_web

    config = config or load_config()
    app = Flask(__name__, static_folder=None)
    _configure(app, config)
    app.extensions["config"] = config
    app.extensions["vault"] = Vault(config.data_keys, config.index_key, config.audit_key)
    app.extensions["catalogue"] = load_catalogue(AGENCIES)
    db.init_app(app)
    transaction.prepare_engine(app)
    Migrations().init_app(app, db)
    csrf.init_app(app)
    htmx.init_app(app)
    queue.init_app(app, config)
    register_integrations(app, config)
    auth.register_auth(app, config)
    register_web(app)
    for name in (*BLUEPRINTS, *(["demo"] if config.demo else [])):
        app.register_blueprint(import_module(f"portal.blueprints.{name}").bp)
    return app


def _configure(app: Flask, config: Config) -> None:
    from jinja2 import StrictUndefined
    from werkzeug.middleware.proxy_fix import ProxyFix

    from portal.transaction import engine_options
    from portal.web.environment import WordedEnvironment

    app.jinja_environment = WordedEnvironment
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.database_url),
        WTF_CSRF_TIME_LIMIT=None,  # A token lives as long as its session.
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=400,
    )
    if config.trusted_proxies:
        # Only so many of the last addresses were written by our own proxies; the rest anybody may have made up.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies, x_host=0
        )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
