"""Rows that are written once: a second writer of the same unique value adds nothing."""

from __future__ import annotations

from typing import Any

from portal.extensions import db


def insert_once(model: Any, **values: Any) -> bool:
    """Insert a row unless one with the same unique value stands there; True when it is new.

    Unlike a caught IntegrityError this leaves the transaction usable on every database.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    db.session.flush()
    table = model.__table__
    statement = insert(table).values(**values).on_conflict_do_nothing()
    # The row tells itself whether it is new: PostgreSQL's row count is -1 here.
    return db.session.execute(statement.returning(*table.primary_key)).first() is not None
