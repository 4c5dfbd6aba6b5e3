"""Specimens."""

import sqlalchemy as sa
from alembic import op

from kingpost.adapters.sql import column_types as kp

revision = "specimen_0001"
down_revision = None
branch_labels = ("specimen",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_specimen_specimen",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=False),
        sa.Column("label", kp.text(64), nullable=False),
        sa.Column("title", kp.text(200), nullable=False),
        sa.Column("note", kp.text(5000), nullable=False),
        sa.Column("status", kp.text(32), nullable=False),
        sa.Column("price_amount", kp.integer(), nullable=False),
        sa.Column("price_currency", kp.text(3), nullable=False),
        sa.Column("count", kp.integer(), nullable=False),
        sa.Column("ready", kp.boolean(), nullable=False),
        sa.Column("due", kp.instant(), nullable=True),
        sa.Column("parent_id", kp.identifier(), nullable=True),
        sa.Column("attributes", kp.document(), nullable=False),
        sa.Column("created_at", kp.instant(), nullable=False),
        sa.Column("updated_at", kp.instant(), nullable=False),
        sa.Column("version", kp.integer(), nullable=False),
        kp.document_check("attributes"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["kingpost_specimen_specimen.tenant_id", "kingpost_specimen_specimen.id"],
            name="kp_specimen_099d3333_fk",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_specimen_ab6ff29c_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "id", name="kp_specimen_3cfc799e_uq"),
        sa.UniqueConstraint("tenant_id", "label", name="kp_specimen_aad9e2c1_uq"),
    )
    op.create_index("kp_specimen_029c95dd_ix", "kingpost_specimen_specimen", ["tenant_id", "price_currency", "price_amount", "id"])
    op.create_index("kp_specimen_4523fb99_ix", "kingpost_specimen_specimen", ["tenant_id", "status", "id"])
    op.create_index("kp_specimen_6f8a165e_ix", "kingpost_specimen_specimen", ["tenant_id", "parent_id", "id"])
    op.create_index("kp_specimen_71153b2d_ix", "kingpost_specimen_specimen", ["tenant_id", "ready", "id"])


def downgrade() -> None:
    """Backwards."""
    op.drop_index("kp_specimen_71153b2d_ix", "kingpost_specimen_specimen")
    op.drop_index("kp_specimen_6f8a165e_ix", "kingpost_specimen_specimen")
    op.drop_index("kp_specimen_4523fb99_ix", "kingpost_specimen_specimen")
    op.drop_index("kp_specimen_029c95dd_ix", "kingpost_specimen_specimen")
    op.drop_table("kingpost_specimen_specimen")
