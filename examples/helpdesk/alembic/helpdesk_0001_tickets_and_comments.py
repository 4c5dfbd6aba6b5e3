"""tickets and comments."""

import sqlalchemy as sa
from alembic import op
from kingpost.adapters.sql import column_types as kp

revision = "helpdesk_0001"
down_revision = None
branch_labels = ("helpdesk",)
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_table(
        "kingpost_helpdesk_ticket",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=False),
        sa.Column("subject", kp.text(200), nullable=False),
        sa.Column("requester", kp.text(254), nullable=False),
        sa.Column("status", kp.text(32), nullable=False),
        sa.Column("updated_at", kp.instant(), nullable=False),
        sa.Column("version", kp.integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_ticket_e14861b1_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "id", name="kp_ticket_f30fc0d5_uq"),
    )
    with op.batch_alter_table("kingpost_helpdesk_ticket", schema=None) as batch_op:
        batch_op.create_index("kp_ticket_1f504c7a_ix", ["tenant_id", "status", "id"], unique=False)

    op.create_table(
        "kingpost_helpdesk_comment",
        sa.Column("id", kp.identifier(), nullable=False),
        sa.Column("tenant_id", kp.identifier(), nullable=False),
        sa.Column("ticket_id", kp.identifier(), nullable=False),
        sa.Column("author", kp.text(100), nullable=False),
        sa.Column("text", kp.text(5000), nullable=False),
        sa.Column("written_at", kp.instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"], ["kingpost_helpdesk_ticket.tenant_id", "kingpost_helpdesk_ticket.id"], name="kp_comment_a974b4fe_fk"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["kingpost_tenancy_tenant.id"], name="kp_comment_ae550031_fk"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "id", name="kp_comment_0ddaed25_uq"),
    )
    with op.batch_alter_table("kingpost_helpdesk_comment", schema=None) as batch_op:
        batch_op.create_index("kp_comment_5be947bd_ix", ["tenant_id", "ticket_id", "id"], unique=False)


def downgrade() -> None:
    """Backwards."""
    with op.batch_alter_table("kingpost_helpdesk_comment", schema=None) as batch_op:
        batch_op.drop_index("kp_comment_5be947bd_ix")

    op.drop_table("kingpost_helpdesk_comment")
    with op.batch_alter_table("kingpost_helpdesk_ticket", schema=None) as batch_op:
        batch_op.drop_index("kp_ticket_1f504c7a_ix")

    op.drop_table("kingpost_helpdesk_ticket")
