"""The one place that commits, and how the two databases are spoken to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from flask import Flask
from sqlalchemy import CursorResult, Delete, Update, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import ORMExecuteState, Session

from portal.extensions import db

# What is told that a transaction ended, when its lock is free: (session, whether it committed).
AFTER_END: list[Callable[[Session, bool], None]] = []

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class FairLock:
    """First come, first served: SQLite's own busy handler lets some writers wait for ever."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    @property
    def is_held(self) -> bool:
        """Whether it is somebody's turn now."""
        return self._held

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_sqlite_turn = FairLock()


def sqlite_turn_is_taken() -> bool:
    """Whether some thread of this process is writing to SQLite, or about to."""
    return _sqlite_turn.is_held


def engine_options(database_url: str) -> dict[str, Any]:
    """Reads run in autocommit on both databases; only `transaction()` opens a transaction."""
    if database_url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10}}
    return {
        "isolation_level": "AUTOCOMMIT",
        # A connection that was only read from goes back to the pool as it is.
        "skip_autocommit_rollback": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_pre_ping": False,
        "pool_recycle": 1800,
    }


def prepare_engine(app: Flask) -> None:
    """Give SQLite its pragmas and its explicit BEGIN; refuse writes outside a transaction."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # The driver must not open transactions of its own.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "busy_timeout = 10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if _writing.get():
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def transaction() -> Iterator[Session]:
    """One operation, committed when the block ends and rolled back when it raises.

    What was read before is read again inside, because only what is seen behind
    the lock may be trusted. Blocks do not nest.
    """
    if _writing.get():
        raise RuntimeError("A transaction is open already: operations do not open their own.")
    session = db.session()
    session.rollback()
    engine: Engine = db.engine
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        _sqlite_turn.acquire()
    is_committed = False
    token = _writing.set(True)
    try:
        session.expire_all()
        if not is_sqlite:
            session.connection(execution_options={"isolation_level": "READ COMMITTED"})
        yield session
        session.commit()
        is_committed = True
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)
        if is_sqlite:
            _sqlite_turn.release()
        # The network is spoken to only here, when nobody waits for the lock any more.
        for announce in AFTER_END:
            announce(session, is_committed)


def is_writing() -> bool:
    """Whether a transaction is open in this context."""
    return _writing.get()


def change(statement: Update | Delete) -> int:
    """Execute it and return how many rows it changed; what the session holds of them is not told.

    Only an UPDATE or a DELETE can be counted: for INSERT .. ON CONFLICT PostgreSQL's driver says -1.
    """
    if not _writing.get():
        raise RuntimeError("A change outside of transaction().")
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[*tuple[Any, ...]]", result).rowcount


@event.listens_for(Session, "before_flush")
def _refuse_stray_flush(session: Session, _context: Any, _instances: Any) -> None:
    if not _writing.get() and (session.new or session.dirty or session.deleted):
        raise RuntimeError("A write outside of transaction().")


@event.listens_for(Session, "do_orm_execute")
def _refuse_stray_statement(state: ORMExecuteState) -> None:
    if not _writing.get() and (state.is_insert or state.is_update or state.is_delete):
        raise RuntimeError("A write outside of transaction().")
