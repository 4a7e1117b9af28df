"""Token vectors beside the passage vectors; a later ingest fills them for texts that are there already."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "token_vectors",
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("text_key", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "text_key", name=op.f("pk_token_vectors")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("token_vectors")
