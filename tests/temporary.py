"""A portal of one's own in a temporary folder, with declarations, places and officers: for benchmarks and tools."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from portal import create_app
from portal.config import Config
from portal.extensions import db
from portal.transaction import transaction
from tests.people import prepare


@contextmanager
def temporary_portal(**changes: object) -> Iterator[Flask]:
    """The app on a fresh SQLite file, its context pushed; the folder goes with the block. changes: to the settings."""
    with tempfile.TemporaryDirectory(prefix="loket-bench-") as folder:
        place = Path(folder)
        config = Config.for_tests(f"sqlite:///{place / 'loket.db'}", place / "instance", **changes)
        app = create_app(config)
        with app.app_context():
            db.create_all()
            with transaction():
                prepare()
            yield app
            db.session.remove()
            db.engine.dispose()
