"""What people thought of answers, what proof made of them, and what keys asked day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables; answers from before say nothing of their claims, and nothing was counted."""
    op.add_column("traces", sa.Column("proven", sa.Integer()))
    op.add_column("traces", sa.Column("dropped", sa.Integer()))
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kb", sa.String(200), nullable=False),
        sa.Column("trace_id", sa.String(64), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("rating", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("corrected_answer", sa.Text(), nullable=False),
        sa.Column("missing_document", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("prompt", sa.String(200), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["kb"], ["knowledge_bases.name"], name="fk_feedback_kb", ondelete="CASCADE"),
    )
    op.create_index("ix_feedback_kb_updated_at", "feedback", ["kb", "updated_at"])
    op.create_index("ix_feedback_updated_at", "feedback", ["updated_at"])
    op.create_table(
        "feedback_documents",
        sa.Column("feedback_id", sa.String(64), nullable=False),
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feedback_id", "document_id", name="pk_feedback_documents"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="fk_feedback_documents_feedback_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_feedback_documents_document_id", "feedback_documents", ["document_id"])
    op.create_table(
        "usage_days",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("key", sa.String(12), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.Column("cached", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", "day", name="pk_usage_days"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.name"], name="fk_usage_days_tenant", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Forget all of it."""
    for table in ("usage_days", "feedback_documents", "feedback"):
        op.drop_table(table)
    op.drop_column("traces", "dropped")
    op.drop_column("traces", "proven")
