"""What somebody with the rights of the database's owner could do, past the triggers that guard the events."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy import text as sql

from portal.transaction import transaction


def tamper(statement: str, **values: object) -> None:
    """Run a statement that the database refuses everybody else."""
    with transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(sql("SET LOCAL session_replication_role = replica"))
            connection.execute(sql(statement), values)
        else:
            _without_triggers(connection, statement, values)


def _without_triggers(connection: Connection, statement: str, values: dict[str, object]) -> None:
    """SQLite has no switch: its triggers go, and come back afterwards."""
    guards = connection.execute(
        sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'")
    ).all()
    for guard in guards:
        connection.execute(sql(f"DROP TRIGGER {guard.name}"))
    connection.execute(sql(statement), values)
    for guard in guards:
        connection.connection.execute(guard.sql)
