"""What a log-in is worth: assurance of enrolments, passwords and visits; and facets of registrations.

Everything older was proven by an officer and an activation, the only proof there was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD = "3"


def upgrade() -> None:
    with op.batch_alter_table("credential") as table:
        table.add_column(sa.Column("assurance", sa.Integer(), nullable=False, server_default=OLD))
    with op.batch_alter_table("visit") as table:
        table.add_column(sa.Column("assurance", sa.Integer(), nullable=False, server_default=OLD))
        table.add_column(sa.Column("device", sa.String(80), nullable=False, server_default=""))
        table.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("enrolment") as table:
        table.add_column(sa.Column("office", sa.String(40), nullable=False, server_default=""))
        table.add_column(sa.Column("kind", sa.String(20), nullable=False, server_default=""))
        table.add_column(sa.Column("assurance", sa.Integer(), nullable=False, server_default=OLD))
        table.drop_constraint("uq_enrolment_account_id_agency", type_="unique")
        table.create_unique_constraint("uq_enrolment_account_id_agency_office", ["account_id", "agency", "office"])
    op.create_table(
        "facet",
        sa.Column(
            "application_id",
            sa.Integer(),
            sa.ForeignKey("application.id", name="fk_facet_application_id"),
            nullable=False,
        ),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "key", name="pk_facet"),
    )
    op.create_index("ix_facet_value", "facet", ["key", "value", "application_id"])


def downgrade() -> None:
    op.drop_table("facet")
    with op.batch_alter_table("enrolment") as table:
        table.drop_constraint("uq_enrolment_account_id_agency_office", type_="unique")
        table.create_unique_constraint("uq_enrolment_account_id_agency", ["account_id", "agency"])
        for name in ("office", "kind", "assurance"):
            table.drop_column(name)
    with op.batch_alter_table("visit") as table:
        for name in ("assurance", "device", "confirmed_at"):
            table.drop_column(name)
    with op.batch_alter_table("credential") as table:
        table.drop_column("assurance")
