"""Sealed values under the newest key: what an older key sealed is opened and sealed again, in every column there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Column, LargeBinary, Table, select, tuple_, type_coerce, update

from portal.extensions import db
from portal.models import StoredFile
from portal.models.columns import Sealed
from portal.transaction import change, transaction

BATCH = 500


@dataclass(frozen=True)
class Place:
    """One column of sealed values; context: to what each is bound. A stored file's key is bound to its file."""

    table: Table
    column: Column[Any]
    context: str = ""
    named_by: Column[Any] | None = None


def list_places() -> Iterator[Place]:
    """Every sealed column of every table, and the wrapped keys of stored files."""
    for table in db.metadata.sorted_tables:
        for column in table.c:
            if isinstance(column.type, Sealed):
                yield Place(table, column, column.type.context)
    files = StoredFile.__table__
    yield Place(files, files.c.wrapped_key, named_by=files.c.blob)
    yield Place(files, files.c.thumbnail_key, named_by=files.c.thumbnail_blob)


def reseal_everything() -> int:
    """Seal anew what an older key sealed; returns how many values. May run again at any time, beside a busy portal."""
    return sum(_reseal(place) for place in list_places())


def _reseal(place: Place) -> int:
    """One column, a batch a transaction; a value that changed meanwhile is left, for it was sealed just now."""
    vault, done, after = current_app.extensions["vault"], 0, None
    keys = tuple(place.table.primary_key.columns)
    raw = type_coerce(place.column, LargeBinary)
    name = place.named_by if place.named_by is not None else type_coerce(None, LargeBinary)
    while True:
        page = select(*keys, raw.label("sealed"), name.label("name")).order_by(*keys).limit(BATCH)
        if after is not None:
            page = page.where(tuple_(*keys) > tuple_(*after))
        rows = db.session.execute(page).all()
        old = [row for row in rows if row.sealed and vault.needs_reseal(bytes(row.sealed))]
        with transaction():
            for row in old:
                context = place.context or f"file-key:{row.name}"
                same = [key == value for key, value in zip(keys, row, strict=False)]
                fresh = type_coerce(vault.reseal(bytes(row.sealed), context), LargeBinary)
                statement = update(place.table).where(*same, raw == type_coerce(row.sealed, LargeBinary))
                done += change(statement.values({place.column: fresh}))
        if len(rows) < BATCH:
            return done
        after = tuple(rows[-1][: len(keys)])
