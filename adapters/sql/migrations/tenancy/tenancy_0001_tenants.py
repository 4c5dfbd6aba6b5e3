"""Tenants, the host names they claim, and access keys."""

import sqlalchemy as sa
from alembic import op

from kingpost.adapters.sql import column_types as kp

revision = "tenancy_0001"
down_revision = None
branch_labels = ("tenancy",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_tenancy_tenant",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("slug", kp.text(63), nullable=False),
        sa.Column("name", kp.text(200), nullable=False),
        sa.Column("plan", kp.text(63), nullable=False),
        sa.Column("status", kp.text(32), nullable=False),
        sa.Column("status_reason", kp.text(500), nullable=True),
        sa.Column("hosts", kp.document(), nullable=False),
        sa.Column("host_ref", kp.text(200), nullable=True),
        sa.Column("purge_after", kp.instant(), nullable=True),
        sa.Column("created_at", kp.instant(), nullable=False),
        sa.Column("updated_at", kp.instant(), nullable=False),
        sa.Column("version", kp.integer(), nullable=False),
        kp.document_check("hosts"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("host_ref", name="kp_tenant_ef09f326_uq"),
        sa.UniqueConstraint("slug", name="kp_tenant_736cefa1_uq"),
    )
    op.create_index("kp_tenant_7da094da_ix", "kingpost_tenancy_tenant", ["status", "id"])
    op.create_table(
        "kingpost_tenancy_accesskey",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("key_id", kp.text(12), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=True),
        sa.Column("digest", kp.binary(), nullable=False),
        sa.Column("created_at", kp.instant(), nullable=False),
        sa.Column("expires_at", kp.instant(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_accesskey_9c19bfe3_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_id", name="kp_accesskey_290a626d_uq"),
    )
    op.create_index("kp_accesskey_9fe0b385_ix", "kingpost_tenancy_accesskey", ["tenant_id", "id"])
    op.create_table(
        "kingpost_tenancy_hostname",
        sa.Column("host", kp.text(253), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_hostname_02ed2fe5_fk"),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_index("kp_hostname_ddd97c2f_ix", "kingpost_tenancy_hostname", ["tenant_id", "host"])


def downgrade() -> None:
    """Backwards."""
    op.drop_index("kp_hostname_ddd97c2f_ix", "kingpost_tenancy_hostname")
    op.drop_table("kingpost_tenancy_hostname")
    op.drop_index("kp_accesskey_9fe0b385_ix", "kingpost_tenancy_accesskey")
    op.drop_table("kingpost_tenancy_accesskey")
    op.drop_index("kp_tenant_7da094da_ix", "kingpost_tenancy_tenant")
    op.drop_table("kingpost_tenancy_tenant")
