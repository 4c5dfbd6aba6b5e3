"""Sessions of a host application, mirrored."""

import sqlalchemy as sa
from alembic import op

from kingpost.adapters.sql import column_types as kp

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_identity_mirroredsession",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("digest", kp.binary(), nullable=False),
        sa.Column("account", kp.text(200), nullable=False),
        sa.Column("side", kp.text(32), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=True),
        sa.Column("permissions", kp.document(), nullable=True),
        sa.Column("password_digest", kp.binary(), nullable=False),
        sa.Column("created_at", kp.instant(), nullable=False),
        sa.Column("refreshed_at", kp.instant(), nullable=False),
        sa.Column("confirmed_at", kp.instant(), nullable=False),
        sa.Column("expires_at", kp.instant(), nullable=False),
        kp.document_check("permissions"),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_mirroredsess_98f5f13f_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", name="kp_mirroredsess_0be25e96_uq"),
    )
    op.create_index("kp_mirroredsess_a38d7fe6_ix", "kingpost_identity_mirroredsession", ["account", "id"])


def downgrade() -> None:
    """Backwards."""
    op.drop_index("kp_mirroredsess_a38d7fe6_ix", "kingpost_identity_mirroredsession")
    op.drop_table("kingpost_identity_mirroredsession")
