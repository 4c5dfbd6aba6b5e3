"""Events that wait for their delivery, and what each consumer has had."""

import sqlalchemy as sa
from alembic import op

from kingpost.adapters.sql import column_types as kp

revision = "outbox_0001"
down_revision = None
branch_labels = ("outbox",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_outbox_event",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=True),
        sa.Column("type", kp.text(100), nullable=False),
        sa.Column("payload", kp.binary(), nullable=False),
        sa.Column("request_id", kp.text(128), nullable=False),
        sa.Column("state", kp.text(32), nullable=False),
        sa.Column("due_at", kp.instant(), nullable=True),
        sa.Column("attempts", kp.integer(), nullable=False),
        sa.Column("failure", kp.text(200), nullable=True),
        sa.Column("published_at", kp.instant(), nullable=False),
        sa.Column("settled_at", kp.instant(), nullable=True),
        sa.Column("version", kp.integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_event_ccb25ece_fk"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("kp_event_62fede1d_ix", "kingpost_outbox_event", ["state", "id"])
    op.create_index("kp_event_a914deab_ix", "kingpost_outbox_event", ["tenant_id", "id"])
    op.create_index("kp_event_f7dd8a05_ix", "kingpost_outbox_event", ["due_at", "id"])
    op.create_table(
        "kingpost_outbox_receipt",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("event_id", kp.identifier(), nullable=False),
        sa.Column("consumer", kp.text(100), nullable=False),
        sa.Column("had_at", kp.instant(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["kingpost_outbox_event.id"], name="kp_receipt_0c4059a1_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "consumer", name="kp_receipt_333c6e91_uq"),
    )


def downgrade() -> None:
    """Backwards."""
    op.drop_table("kingpost_outbox_receipt")
    op.drop_table("kingpost_outbox_event")
