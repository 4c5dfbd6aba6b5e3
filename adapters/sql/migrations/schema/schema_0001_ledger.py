"""The ledger: which history owns the database, and the fingerprint of its secret."""

import sqlalchemy as sa
from alembic import op

from kingpost.adapters.sql import column_types as kp

revision = "schema_0001"
down_revision = None
branch_labels = ("schema",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_schema",
        sa.Column("component", kp.text(63), nullable=False),
        sa.Column("revision", kp.text(255), nullable=False),
        sa.Column("owner", kp.text(16), nullable=False),
        sa.Column("secret_fingerprint", kp.binary(), nullable=True),
        sa.PrimaryKeyConstraint("component"),
    )


def downgrade() -> None:
    """Backwards."""
    op.drop_table("kingpost_schema")
