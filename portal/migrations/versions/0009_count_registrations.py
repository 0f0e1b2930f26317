"""Counters of registrations by year, filled from what is there, and the indexes of the officers' declared lists."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Every agency so far counts its years in the zone of the capital.
YEARS = {
    "sqlite": "CAST(strftime('%Y', sent_at, '+7 hours') AS INTEGER)",
    "postgresql": "CAST(EXTRACT(YEAR FROM sent_at AT TIME ZONE 'Asia/Jakarta') AS INTEGER)",
}
INDEXES = {
    "ix_application_registration_office": ["agency", "office", "state", "sent_at", "id"],
    "ix_application_registration_name": ["agency", "service", "state", "subject_name", "id"],
}


def upgrade() -> None:
    op.create_table(
        "year_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("service", sa.String(60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_year_count_total")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_count")),
        sa.UniqueConstraint(
            "agency", "service", "year", "office", "state", name=op.f("uq_year_count_agency_service_year_office_state")
        ),
    )
    year = YEARS[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO year_count (agency, service, year, office, state, total)"  # noqa: S608 - no value from outside
        f" SELECT agency, service, {year}, office, state, count(*) FROM application"
        " WHERE kind = 'registration' AND sent_at IS NOT NULL AND state <> 'draft'"
        f" GROUP BY agency, service, {year}, office, state"
    )
    registrations = sa.text("kind = 'registration'")
    for name, columns in INDEXES.items():
        op.create_index(name, "application", columns, sqlite_where=registrations, postgresql_where=registrations)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "application")
    op.drop_table("year_count")
