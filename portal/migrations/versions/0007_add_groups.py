"""Groups of applicants, their members, and consent of whom one applies for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("group_key", sa.String(40), nullable=False),
        sa.Column("institution", sa.String(200), nullable=False),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("services", sa.String(1000), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        _moment("raised_at"),
        _moment("ended_at", nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_membership_days")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["account.id"], name=op.f("fk_membership_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("code", name=op.f("uq_membership_code")),
    )
    op.create_index("ix_membership_agency", "membership", ["agency", "ended_at", "id"])
    op.create_index(
        "uq_membership_open",
        "membership",
        ["account_id", "agency", "group_key"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "representation",
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("consent", sa.String(10), nullable=False),
        sa.Column("told_digest", sa.String(64), nullable=True),
        _moment("told_at", nullable=True),
        _moment("disputed_at", nullable=True),
        _moment("cleared_at", nullable=True),
        sa.Column("cleared_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("consent IN ('', 'own', 'declared', 'letter')", name=op.f("ck_representation_consent")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_representation_application_id")),
        sa.ForeignKeyConstraint(["cleared_by"], ["account.id"], name=op.f("fk_representation_cleared_by")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_representation_membership_id")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_representation")),
    )
    op.create_index(op.f("ix_representation_membership_id"), "representation", ["membership_id"])


def downgrade() -> None:
    op.drop_table("representation")
    op.drop_table("membership")
