"""Synonyms of a knowledge base."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    op.add_column("knowledge_bases", sa.Column("synonyms", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("knowledge_bases", "synonyms")
