"""Loket: one counter for Indonesian public services."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined

from portal import auth, queue, transaction
from portal.config import Config, load_config
from portal.engine.load import load_catalogue
from portal.extensions import csrf, db, htmx, migrate
from portal.integrations import register_integrations
from portal.vault import Vault
from portal.web import compression, context, errors, filters, i18n

AGENCIES = Path(__file__).parent / "agencies"


def create_app(config: Config | None = None) -> Flask:
    """The web application; also the context in which workers and commands run."""
    config = config or load_config()
    app = Flask(__name__)
    _configure(app, config)
    app.extensions["config"] = config
    app.extensions["vault"] = Vault(config.data_keys, config.index_key, config.audit_key)
    app.extensions["catalogue"] = load_catalogue(AGENCIES)
    db.init_app(app)
    transaction.prepare_engine(app)
    migrate.init_app(app, db)
    csrf.init_app(app)
    htmx.init_app(app)
    queue.init_app(app, config)
    register_integrations(app, config)
    auth.register_auth(app, config)
    filters.register_filters(app)
    i18n.register_i18n(app)
    context.register_context(app)
    errors.register_errors(app)
    compression.register_compression(app)
    _register_blueprints(app, config)
    return app


def _configure(app: Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=transaction.engine_options(config.database_url),
        WTF_CSRF_TIME_LIMIT=None,  # A token lives as long as its session.
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=400,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False


def _register_blueprints(app: Flask, config: Config) -> None:
    names = ["public", "account", "applicant", "officer", "hooks"]
    if config.demo:
        names.append("demo")
    for name in names:
        if (Path(__file__).parent / "blueprints" / name / "__init__.py").exists():
            app.register_blueprint(import_module(f"portal.blueprints.{name}").bp)
