"""Requests about personal data, and the register of breaches."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        _moment("asked_at"),
        _moment("due_at"),
        _moment("answered_at", nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("json_file_id", sa.Integer(), nullable=True),
        sa.Column("pdf_file_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('copy', 'correct', 'delete', 'withdraw')", name=op.f("ck_data_request_kind")),
        sa.CheckConstraint("state IN ('open', 'done', 'restricted', 'refused')", name=op.f("ck_data_request_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_data_request_account_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("fk_data_request_answered_by")),
        sa.ForeignKeyConstraint(["json_file_id"], ["stored_file.id"], name=op.f("fk_data_request_json_file_id")),
        sa.ForeignKeyConstraint(["pdf_file_id"], ["stored_file.id"], name=op.f("fk_data_request_pdf_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("code", name=op.f("uq_data_request_code")),
    )
    op.create_index("ix_data_request_desk", "data_request", ["agency", "state", "due_at", "id"])
    op.create_index("ix_data_request_account", "data_request", ["account_id", "id"])
    op.create_table(
        "breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        _moment("found_at"),
        _moment("due_at"),
        _moment("recorded_at"),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("what", sa.LargeBinary(), nullable=True),
        sa.Column("how", sa.LargeBinary(), nullable=True),
        sa.Column("measures", sa.LargeBinary(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        _moment("authority_told_at", nullable=True),
        _moment("people_told_at", nullable=True),
        _moment("closed_at", nullable=True),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_breach_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sa.UniqueConstraint("code", name=op.f("uq_breach_code")),
    )
    op.create_index("ix_breach_agency", "breach", ["agency", "found_at", "id"])


def downgrade() -> None:
    op.drop_table("breach")
    op.drop_table("data_request")
