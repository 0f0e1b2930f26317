"""Fixtures that every test may ask for: a real database, SQLite and PostgreSQL in turn, and the app on it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.config import Config
from tests.requirements_report import pytest_addoption, pytest_collection_finish

__all__ = ["pytest_addoption", "pytest_collection_finish"]  # Hooks: pytest looks for them here.

# LOKET_TEST_DB=sqlite make test: only one, while a test is being written.
DATABASES = [name for name in ("sqlite", "postgresql") if os.environ.get("LOKET_TEST_DB", name) == name]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", params=DATABASES)
def _database(
    request: pytest.FixtureRequest, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator:
    from tests.databases import PostgresDatabase, SqliteDatabase

    if request.param == "sqlite":
        yield SqliteDatabase(shared_folder, tmp_path_factory.mktemp("sqlite"))
        return
    database = PostgresDatabase(shared_folder, os.environ.get("PYTEST_XDIST_WORKER", "main"))
    yield database
    database.close()


@pytest.fixture(scope="session")
def _app(_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    from portal import create_app
    from portal.extensions import db

    app = create_app(Config.for_tests(_database.url, tmp_path_factory.mktemp("instance")))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def database_url(_database) -> Iterator[str]:
    """The address of a migrated, empty database; run once on SQLite and once on PostgreSQL."""
    yield _database.url
    _database.empty()


@pytest.fixture
def app(_app: Flask, database_url: str) -> Flask:
    """The app on that database, no context pushed; what it enqueues waits for `portal.queue.run_pending_jobs()`."""
    from portal.queue import forget_collected

    with _app.app_context():
        forget_collected()
    return _app


@pytest.fixture(scope="session")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app with every blueprint there is, the demo's too; only its addresses are looked at."""
    from portal import create_app

    folder = tmp_path_factory.mktemp("demo")
    return create_app(Config.for_tests(f"sqlite:///{folder / 'demo.db'}", folder, demo=True))
