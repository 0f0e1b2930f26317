"""How Alembic reaches the database: through the running application's engine and metadata."""

from alembic import context
from flask import current_app

import portal.models  # noqa: F401 - registers every table.
from portal.extensions import Base
from portal.models.columns import Moment, Sealed

migrate = current_app.extensions["migrate"]


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as what they are in the database: migrations outlive code."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Sealed):
        return "sa.LargeBinary()"
    return False


def run() -> None:
    """Apply migrations in one transaction each; batch mode lets SQLite change tables."""
    engine = migrate.db.engine.execution_options(isolation_level="SERIALIZABLE")
    if engine.dialect.name == "sqlite":
        engine = migrate.db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
