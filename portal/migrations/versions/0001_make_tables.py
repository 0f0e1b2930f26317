"""Make the tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_digest", sa.String(length=64), nullable=True),
        sa.Column("phone_proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_phone_digest"), ["phone_digest"], unique=False)

    op.create_table(
        "anchor",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_anchor")),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_key_tried_at", ["key", "tried_at"], unique=False)

    op.create_table(
        "captcha",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captcha")),
        sa.UniqueConstraint("digest", name=op.f("uq_captcha_digest")),
    )
    with op.batch_alter_table("captcha", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_captcha_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "counter",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_counter")),
    )
    op.create_table(
        "declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
        sa.UniqueConstraint("digest", name=op.f("uq_declaration_digest")),
    )
    with op.batch_alter_table("declaration", schema=None) as batch_op:
        batch_op.create_index(
            "uq_declaration_current",
            ["agency", "service"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("decree", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "kept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept")),
        sa.UniqueConstraint("agency", "service", "key", name=op.f("uq_kept_agency_service_key")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=13), nullable=False),
        sa.Column("parent", sa.String(length=13), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index("ix_region_parent_name", ["parent", "name"], unique=False)

    op.create_table(
        "stamp",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stamp")),
    )
    op.create_table(
        "state_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_state_count_total")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_count")),
        sa.UniqueConstraint(
            "agency", "service", "office", "state", name=op.f("uq_state_count_agency_service_office_state")
        ),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("declaration_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("subject_name", sa.String(length=200), nullable=False),
        sa.Column("subject_digest", sa.String(length=64), nullable=True),
        sa.Column("family_digest", sa.String(length=64), nullable=True),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_application_account_id")),
        sa.ForeignKeyConstraint(["claimed_by"], ["account.id"], name=op.f("fk_application_claimed_by")),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_application_declaration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("code", name=op.f("uq_application_code")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index("ix_application_account", ["account_id", "id"], unique=False)
        batch_op.create_index("ix_application_claimed", ["claimed_by", "state"], unique=False)
        batch_op.create_index("ix_application_desk", ["agency", "state", "sent_at", "id"], unique=False)
        batch_op.create_index(
            "ix_application_desk_service", ["agency", "service", "state", "sent_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_application_subject_digest"), ["subject_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_subject_name"), ["subject_name"], unique=False)
        batch_op.create_index("ix_application_timer", ["state", "entered_at"], unique=False)

    op.create_table(
        "credential",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_credential_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_duty_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_account_id"), ["account_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=False),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("text_mac", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_event_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("subject_type", "subject_id", "seq", name=op.f("uq_event_subject_type_subject_id_seq")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_actor", ["actor_id", "at"], unique=False)
        batch_op.create_index("ix_event_at", ["at"], unique=False)

    op.create_table(
        "login_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_name_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_name")),
    )
    with op.batch_alter_table("login_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_name_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_login_name_digest", ["digest"], unique=False)
        batch_op.create_index(
            "uq_login_name_proven",
            ["agency", "kind", "digest"],
            unique=True,
            sqlite_where=sa.text("proven_at IS NOT NULL"),
            postgresql_where=sa.text("proven_at IS NOT NULL"),
        )

    op.create_table(
        "stashed_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_stashed_form_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stashed_form")),
    )
    with op.batch_alter_table("stashed_form", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stashed_form_account_id"), ["account_id"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("blob", sa.String(length=80), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail_blob", sa.String(length=80), nullable=True),
        sa.Column("thumbnail_key", sa.LargeBinary(), nullable=True),
        sa.Column("thumbnail_size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_stored_file_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("code", name=op.f("uq_stored_file_code")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_original_sha256"), ["original_sha256"], unique=False)
        batch_op.create_index("ix_stored_file_unclaimed", ["claimed_at", "created_at"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'officer', 'kiosk')", name=op.f("ck_visit_audience")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_visit_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("digest", name=op.f("uq_visit_digest")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_visit_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("row", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_answers_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("application_id", "step", "row", name=op.f("uq_answers_application_id_step_row")),
    )
    op.create_table(
        "chat_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("by_officer", sa.Boolean(), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("once_key", sa.String(length=64), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_chat_message_application_id")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_chat_message_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
        sa.UniqueConstraint("application_id", "seq", name=op.f("uq_chat_message_application_id_seq")),
        sa.UniqueConstraint("once_key", name=op.f("uq_chat_message_once_key")),
    )
    op.create_table(
        "consent_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_consent_record_account_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_consent_record_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
    )
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_record_account_id"), ["account_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("nik_digest", sa.String(length=64), nullable=True),
        sa.Column("kk_digest", sa.String(length=64), nullable=True),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f("ck_enrolment_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_enrolment_account_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_enrolment_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("account_id", "agency", name=op.f("uq_enrolment_account_id_agency")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_kk_digest"), ["kk_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolment_nik_digest"), ["nik_digest"], unique=False)

    op.create_table(
        "event_text",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_text_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_text")),
    )
    op.create_table(
        "issued_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("verification_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("subject_masked", sa.String(length=200), nullable=False),
        sa.Column("unsigned_file_id", sa.Integer(), nullable=True),
        sa.Column("signed_file_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signer_name", sa.String(length=200), nullable=False),
        sa.Column("signing_token", sa.String(length=40), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grants_allowed", sa.Integer(), nullable=False),
        sa.Column("grants_taken", sa.Integer(), nullable=False),
        sa.Column("download_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('wanted', 'made', 'signed', 'replaced', 'revoked', 'dropped')",
            name=op.f("ck_issued_document_state"),
        ),
        sa.CheckConstraint("grants_taken <= grants_allowed", name=op.f("ck_issued_document_grants")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_issued_document_application_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["account.id"], name=op.f("fk_issued_document_signed_by")),
        sa.ForeignKeyConstraint(["signed_file_id"], ["stored_file.id"], name=op.f("fk_issued_document_signed_file_id")),
        sa.ForeignKeyConstraint(
            ["unsigned_file_id"], ["stored_file.id"], name=op.f("fk_issued_document_unsigned_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_document")),
        sa.UniqueConstraint("application_id", "key", "issue", name=op.f("uq_issued_document_application_id_key_issue")),
        sa.UniqueConstraint("number", name=op.f("uq_issued_document_number")),
        sa.UniqueConstraint("verification_code", name=op.f("uq_issued_document_verification_code")),
    )
    with op.batch_alter_table("issued_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issued_document_sha256"), ["sha256"], unique=False)
        batch_op.create_index("ix_issued_document_state", ["state"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'dead', 'muted')",
            name=op.f("ck_message_state"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_message_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_public_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_account", ["account_id", "channel", "id"], unique=False)
        batch_op.create_index("ix_message_application", ["application_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index("ix_message_state_next_at", ["state", "next_at"], unique=False)

    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reading_account_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_reading_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index("ix_reading_account", ["account_id", "at"], unique=False)
        batch_op.create_index("ix_reading_application", ["application_id", "at"], unique=False)

    op.create_table(
        "revision_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_revision_note_application_id")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_revision_note_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision_note")),
    )
    with op.batch_alter_table("revision_note", schema=None) as batch_op:
        batch_op.create_index("ix_revision_note_application", ["application_id", "round"], unique=False)

    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("declaration_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("consent_key", sa.String(length=40), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_submission_application_id")),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_submission_declaration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("application_id", "round", name=op.f("uq_submission_application_id_round")),
    )
    op.create_table(
        "supporting_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_round", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sheet >= 1", name=op.f("ck_supporting_document_sheet")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_supporting_document_application_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_supporting_document_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporting_document")),
        sa.UniqueConstraint("code", name=op.f("uq_supporting_document_code")),
    )
    with op.batch_alter_table("supporting_document", schema=None) as batch_op:
        batch_op.create_index("ix_supporting_document_application", ["application_id", "removed_at"], unique=False)

    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_token_tries")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_token_account_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_token_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index("ix_token_application_id", ["application_id"], unique=False)

    op.create_table(
        "download_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resume_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_download_grant_account_id")),
        sa.ForeignKeyConstraint(["document_id"], ["issued_document.id"], name=op.f("fk_download_grant_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download_grant")),
        sa.UniqueConstraint("document_id", "ordinal", name=op.f("uq_download_grant_document_id_ordinal")),
    )


def downgrade() -> None:
    op.drop_table("download_grant")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index("ix_token_application_id")

    op.drop_table("token")
    with op.batch_alter_table("supporting_document", schema=None) as batch_op:
        batch_op.drop_index("ix_supporting_document_application")

    op.drop_table("supporting_document")
    op.drop_table("submission")
    with op.batch_alter_table("revision_note", schema=None) as batch_op:
        batch_op.drop_index("ix_revision_note_application")

    op.drop_table("revision_note")
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index("ix_reading_application")
        batch_op.drop_index("ix_reading_account")

    op.drop_table("reading")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_state_next_at")
        batch_op.drop_index(batch_op.f("ix_message_provider_id"))
        batch_op.drop_index("ix_message_application")
        batch_op.drop_index("ix_message_account")

    op.drop_table("message")
    with op.batch_alter_table("issued_document", schema=None) as batch_op:
        batch_op.drop_index("ix_issued_document_state")
        batch_op.drop_index(batch_op.f("ix_issued_document_sha256"))

    op.drop_table("issued_document")
    op.drop_table("event_text")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_nik_digest"))
        batch_op.drop_index(batch_op.f("ix_enrolment_kk_digest"))

    op.drop_table("enrolment")
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_record_account_id"))

    op.drop_table("consent_record")
    op.drop_table("chat_message")
    op.drop_table("answers")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_expires_at")
        batch_op.drop_index("ix_visit_account_id")

    op.drop_table("visit")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index("ix_stored_file_unclaimed")
        batch_op.drop_index(batch_op.f("ix_stored_file_original_sha256"))
        batch_op.drop_index(batch_op.f("ix_stored_file_account_id"))

    op.drop_table("stored_file")
    with op.batch_alter_table("stashed_form", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stashed_form_account_id"))

    op.drop_table("stashed_form")
    with op.batch_alter_table("login_name", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_login_name_proven",
            sqlite_where=sa.text("proven_at IS NOT NULL"),
            postgresql_where=sa.text("proven_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_login_name_digest")
        batch_op.drop_index(batch_op.f("ix_login_name_account_id"))

    op.drop_table("login_name")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_at")
        batch_op.drop_index("ix_event_actor")

    op.drop_table("event")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_account_id"))

    op.drop_table("duty")
    op.drop_table("credential")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index("ix_application_timer")
        batch_op.drop_index(batch_op.f("ix_application_subject_name"))
        batch_op.drop_index(batch_op.f("ix_application_subject_digest"))
        batch_op.drop_index("ix_application_desk_service")
        batch_op.drop_index("ix_application_desk")
        batch_op.drop_index("ix_application_claimed")
        batch_op.drop_index("ix_application_account")

    op.drop_table("application")
    op.drop_table("state_count")
    op.drop_table("stamp")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index("ix_region_parent_name")

    op.drop_table("region")
    op.drop_table("kept")
    op.drop_table("holiday")
    with op.batch_alter_table("declaration", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_declaration_current", sqlite_where=sa.text("is_current"), postgresql_where=sa.text("is_current")
        )

    op.drop_table("declaration")
    op.drop_table("counter")
    with op.batch_alter_table("captcha", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_captcha_expires_at"))

    op.drop_table("captcha")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_key_tried_at")

    op.drop_table("attempt")
    op.drop_table("anchor")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_phone_digest"))

    op.drop_table("account")
