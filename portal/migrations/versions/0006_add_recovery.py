"""Changes of contacts, recovery at the counter, stopped numbers, and photos."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('recorded', 'confirmed')")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _account(table: str, column: str = "account_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["account.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("email_digest", sa.String(64), nullable=True))
        table.create_index("ix_account_email_digest", ["email_digest"])
    op.create_table(
        "reset_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=False),
        _moment("wished_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_wish")),
    )
    op.create_index(op.f("ix_reset_wish_wished_at"), "reset_wish", ["wished_at"])
    op.create_table(
        "account_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("old_value", sa.LargeBinary(), nullable=True),
        sa.Column("new_value", sa.LargeBinary(), nullable=True),
        _moment("made_at"),
        _moment("undone_at", nullable=True),
        sa.CheckConstraint("kind IN ('password', 'phone', 'email')", name=op.f("ck_account_change_kind")),
        _account("account_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_change")),
    )
    op.create_index("ix_account_change_account", "account_change", ["account_id", "id"])
    op.create_table(
        "email_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("new_email", sa.LargeBinary(), nullable=False),
        _moment("asked_at"),
        _moment("old_said_at", nullable=True),
        _moment("new_said_at", nullable=True),
        _moment("done_at", nullable=True),
        _account("email_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_change")),
    )
    op.create_index("ix_email_change_account", "email_change", ["account_id", "id"])
    op.create_table(
        "stopped_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        _moment("stopped_at"),
        _account("stopped_number"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stopped_number")),
        sa.UniqueConstraint("account_id", "digest", name=op.f("uq_stopped_number_account_id_digest")),
    )
    op.create_table(
        "recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("document", sa.String(20), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        _moment("recorded_at"),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        _moment("confirmed_at", nullable=True),
        _moment("due_at", nullable=True),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('recorded', 'confirmed', 'done', 'stopped', 'dropped')", name=op.f("ck_recovery_state")
        ),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> recorded_by", name=op.f("ck_recovery_two_people")),
        _account("recovery"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_recovery_application_id")),
        _account("recovery", "recorded_by"),
        _account("recovery", "confirmed_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("code", name=op.f("uq_recovery_code")),
    )
    op.create_index(
        "uq_recovery_open", "recovery", ["account_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_recovery_agency", "recovery", ["agency", "state", "id"])
    op.create_table(
        "portrait",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        _moment("added_at"),
        _account("portrait"),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_portrait_file_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_portrait")),
    )


def downgrade() -> None:
    for table in ("portrait", "recovery", "stopped_number", "email_change", "account_change", "reset_wish"):
        op.drop_table(table)
    with op.batch_alter_table("account") as table:
        table.drop_index("ix_account_email_digest")
        table.drop_column("email_digest")
