"""Traces: how each answer came about."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "traces",
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("kb", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["kb"], ["knowledge_bases.name"], name=op.f("fk_traces_kb"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace_id", name=op.f("pk_traces")),
    )
    op.create_index("ix_traces_kb_created_at", "traces", ["kb", "created_at"])
    op.create_index("ix_traces_created_at", "traces", ["created_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("traces")
