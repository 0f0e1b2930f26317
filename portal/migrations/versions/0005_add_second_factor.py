"""Officers: second factor, recovery codes, and duties that need a second admin.

Duties that were given before keep what they say; one without an end stays without, until an admin gives it one.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _officers()
    _requests()
    _second_factors()
    _duties()


def _officers() -> None:
    op.create_table(
        "officer",
        sa.Column("id", sa.Integer(), sa.ForeignKey("account.id", name="fk_officer_id"), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("username", sa.String(80), nullable=False),
        sa.Column("nik_digest", sa.String(64), nullable=True),
        sa.Column("kk_digest", sa.String(64), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_officer"),
        sa.UniqueConstraint("code", name="uq_officer_code"),
    )
    bind = op.get_bind()
    known = "SELECT account_id FROM login_name WHERE agency = '' UNION SELECT account_id FROM duty"
    for (account_id,) in bind.execute(sa.text(known)).all():
        bind.execute(
            sa.text("INSERT INTO officer (id, code, username, seq, head) VALUES (:id, :code, '', 0, '')"),
            {"id": account_id, "code": secrets.token_hex(8)},
        )


def _second_factors() -> None:
    op.create_table(
        "second_factor",
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("account.id", name="fk_second_factor_account_id"),
            nullable=False,
        ),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_second_factor"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("account.id", name="fk_recovery_code_account_id"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("account_id", "digest", name="uq_recovery_code_account_id_digest"),
    )


def _requests() -> None:
    def account(name: str, *, nullable: bool = False) -> sa.Column:
        key = sa.ForeignKey("account.id", name=f"fk_officer_request_{name}")
        return sa.Column(name, sa.Integer(), key, nullable=nullable)

    decider = "decided_by IS NULL OR (decided_by <> asked_by AND decided_by <> account_id)"
    op.create_table(
        "officer_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        account("account_id"),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        account("asked_by"),
        sa.Column("asked_at", MOMENT, nullable=False),
        account("decided_by", nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_officer_request"),
        sa.UniqueConstraint("code", name="uq_officer_request_code"),
        sa.CheckConstraint("kind IN ('duty', 'extend', 'reset')", name="ck_officer_request_kind"),
        sa.CheckConstraint("verdict IN ('', 'confirmed', 'refused')", name="ck_officer_request_verdict"),
        sa.CheckConstraint("asked_by <> account_id", name="ck_officer_request_asker"),
        sa.CheckConstraint(decider, name="ck_officer_request_decider"),
    )
    op.create_index("ix_officer_request_agency", "officer_request", ["agency", "verdict"])
    op.create_index(
        "uq_officer_request_open",
        "officer_request",
        ["kind", "account_id", "agency", "office", "role"],
        unique=True,
        sqlite_where=sa.text("verdict = ''"),
        postgresql_where=sa.text("verdict = ''"),
    )


def _duties() -> None:
    with op.batch_alter_table("duty") as table:
        table.add_column(sa.Column("code", sa.String(40), nullable=True))
        table.add_column(sa.Column("ended_at", MOMENT, nullable=True))
        table.add_column(sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("head", sa.String(64), nullable=False, server_default=""))
    bind = op.get_bind()
    for (duty_id,) in bind.execute(sa.text("SELECT id FROM duty")).all():
        code = secrets.token_hex(8)
        bind.execute(sa.text("UPDATE duty SET code = :code WHERE id = :id"), {"code": code, "id": duty_id})
    with op.batch_alter_table("duty") as table:
        table.alter_column("code", existing_type=sa.String(40), nullable=False)
        table.create_unique_constraint("uq_duty_code", ["code"])
    op.create_index("ix_duty_agency", "duty", ["agency", "ended_at"])
    op.create_index(
        "uq_duty_open",
        "duty",
        ["account_id", "agency", "office", "role"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_duty_open", "duty")
    op.drop_index("ix_duty_agency", "duty")
    with op.batch_alter_table("duty") as table:
        table.drop_constraint("uq_duty_code", type_="unique")
        for name in ("code", "ended_at", "seq", "head"):
            table.drop_column(name)
    for name in ("recovery_code", "second_factor", "officer_request", "officer"):
        op.drop_table(name)
