"""Tokens that keys and tenants have spent, and those held for answers that are being made."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table; nothing was counted before."""
    op.create_table(
        "token_usage",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("key", sa.String(12), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_until", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", "period", name="pk_token_usage"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.name"], name="fk_token_usage_tenant", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Forget what was spent."""
    op.drop_table("token_usage")
