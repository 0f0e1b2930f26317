"""Let the database itself refuse to change, delete or empty the record of events (XCT-15).

SQLite loses the triggers of a table that batch mode copies: a later change of `event` makes them anew.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "events are append-only"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_no_{act.lower()} BEFORE {act} ON event"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_event() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    # For each statement, so that a TRUNCATE is refused too.
    op.execute(
        "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_event()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER event_no_update")
        op.execute("DROP TRIGGER event_no_delete")
        return
    op.execute("DROP TRIGGER event_no_change ON event")
    op.execute("DROP FUNCTION refuse_change_of_event()")
