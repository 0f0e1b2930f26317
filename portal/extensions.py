"""The unbound Flask extensions."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

View = TypeVar("View", bound=Callable[..., Any])


class Base(DeclarativeBase):
    """Every table, with one naming convention for its constraints."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Rows stay readable after the commit: the response is rendered behind it.
db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "autoflush": True},
)


class Migrations:
    """Flask-Migrate, bound when a command first asks for it: Alembic weighs 11 MB, and no request needs it."""

    def init_app(self, app: Flask, db: SQLAlchemy) -> None:
        """Stand in for what Flask-Migrate keeps with the app."""
        self._app, self._db = app, db
        app.extensions["migrate"] = self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from flask_migrate import Migrate

        Migrate(self._app, self._db, "portal/migrations", compare_type=True, render_as_batch=True)
        return getattr(self._app.extensions["migrate"], name)


login_manager = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()


def without_csrf_token(view: View) -> View:
    """Let posts to a view come without our token; what proves the sender instead stands beside each use."""
    csrf.exempt(view)
    return view
