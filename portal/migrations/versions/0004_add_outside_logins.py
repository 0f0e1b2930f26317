"""Identities of outside providers, and the devices and networks where an account is at home."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outside_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("issuer", sa.String(200), nullable=False),
        sa.Column("subject_digest", sa.String(64), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=False),
        sa.Column("attached_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_outside_identity_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outside_identity"),
        sa.UniqueConstraint("issuer", "subject_digest", name="uq_outside_identity_issuer_subject_digest"),
        sa.UniqueConstraint("account_id", "issuer", name="uq_outside_identity_account_id_issuer"),
    )
    op.create_table(
        "known_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('device', 'network')", name="ck_known_place_kind"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_known_place_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_known_place"),
        sa.UniqueConstraint("digest", name="uq_known_place_digest"),
    )
    op.create_index("ix_known_place_account_id", "known_place", ["account_id", "kind"])


def downgrade() -> None:
    op.drop_table("known_place")
    op.drop_table("outside_identity")
