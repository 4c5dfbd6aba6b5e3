"""Products with their price and stock."""

import sqlalchemy as sa
from alembic import op
from kingpost.adapters.sql import column_types as kp

revision = "storefront_0001"
down_revision = None
branch_labels = ("storefront",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_storefront_product",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=False),
        sa.Column("sku", kp.text(64), nullable=False),
        sa.Column("name", kp.text(200), nullable=False),
        sa.Column("description", kp.text(5000), nullable=False),
        sa.Column("status", kp.text(32), nullable=False),
        sa.Column("price_amount", kp.integer(), nullable=False),
        sa.Column("price_currency", kp.text(3), nullable=False),
        sa.Column("stock", kp.integer(), nullable=False),
        sa.Column("attributes", kp.document(), nullable=False),
        sa.Column("created_at", kp.instant(), nullable=False),
        sa.Column("updated_at", kp.instant(), nullable=False),
        sa.Column("version", kp.integer(), nullable=False),
        kp.document_check("attributes"),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_product_4dff35cb_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "id", name="kp_product_21bb9380_uq"),
        sa.UniqueConstraint("tenant_id", "sku", name="kp_product_89dd68e4_uq"),
    )
    op.create_index(
        "kp_product_42194bf3_ix", "kingpost_storefront_product", ["tenant_id", "price_currency", "status", "price_amount", "id"]
    )
    op.create_index("kp_product_8dbd2ff5_ix", "kingpost_storefront_product", ["tenant_id", "status", "id"])
    op.create_index("kp_product_b8059d5e_ix", "kingpost_storefront_product", ["tenant_id", "price_currency", "price_amount", "id"])


def downgrade() -> None:
    """Backwards."""
    op.drop_index("kp_product_b8059d5e_ix", "kingpost_storefront_product")
    op.drop_index("kp_product_8dbd2ff5_ix", "kingpost_storefront_product")
    op.drop_index("kp_product_42194bf3_ix", "kingpost_storefront_product")
    op.drop_table("kingpost_storefront_product")
