"""Reading rows straight from the driver: for what every request asks, and for long lists.

SQLAlchemy writes the statements and knows the types; only its turn around each execution is left out, which
costs five times what the database needs (docs/decisions/0012-drawn-once.md).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.types import TypeEngine

from portal.extensions import db
from portal.queries.rows import AnyRow, AnySelect
from portal.transaction import is_writing

Change = Callable[[Any], Any]


class Prepared(NamedTuple):
    """A statement in the words of one database.

    order: names of its values, where it takes them by place. given: values that stand in the statement itself.
    bound: name -> how a value is written. read: (place in the row, how the value there is read).
    """

    text: str
    order: Sequence[str] | None
    given: Mapping[str, Any]
    bound: Mapping[str, Change]
    read: Sequence[tuple[int, Change]]
    row: Callable[[Sequence[Any]], Any]


def read_rows(statement: AnySelect, values: Mapping[str, Any]) -> Sequence[AnyRow]:
    """All rows of a statement over tables; it is one that is built once, and no value of it is a list.

    They are read in autocommit on a connection that goes straight back to the pool, or inside of a transaction on
    the transaction's own, so that what was written there is seen.
    """
    if is_writing():
        return db.session.execute(statement, values).all()
    engine = db.engine
    known = _prepare(statement, engine)
    bound: Any = {**known.given, **values}
    for name, write in known.bound.items():
        bound[name] = write(bound[name])
    if known.order is not None:
        bound = [bound[name] for name in known.order]
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        # Whoever counts the statements of a page counts these too.
        for tell in engine.dispatch.before_cursor_execute:
            tell(None, cursor, known.text, bound, None, False)  # noqa: FBT003 - a listener takes it by place.
        cursor.execute(known.text, bound)
        found = cursor.fetchall()
        cursor.close()
    finally:
        connection.close()
    return _as_rows(known, found)


def _as_rows(known: Prepared, found: Sequence[Sequence[Any]]) -> Sequence[AnyRow]:
    make, readers, rows = known.row, known.read, []
    for values in found:
        changed = list(values)
        for place, read in readers:
            changed[place] = read(changed[place])
        rows.append(make(changed))
    return rows


@lru_cache(maxsize=512)
def _prepare(statement: AnySelect, engine: Engine) -> Prepared:
    dialect = engine.dialect
    compiled = statement.compile(engine)
    columns = list(statement.selected_columns)
    readers = (_native(column.type, dialect).result_processor(dialect, None) for column in columns)
    writers = {name: _native(bind.type, dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024
    return Prepared(
        text=str(compiled),
        order=compiled.positiontup if compiled.positional else None,
        given={name: value for name, value in compiled.params.items() if value is not None},
        bound={name: write for name, write in writers.items() if write is not None},
        read=[(place, read) for place, read in enumerate(readers) if read is not None],
        row=row._make,
    )


def _native(kind: TypeEngine[Any], dialect: Any) -> TypeEngine[Any]:
    """A type as this database has it."""
    return kind.dialect_impl(dialect)
