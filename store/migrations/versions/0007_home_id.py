"""A name by which a record is known on servers that several homes share."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table and draw the name."""
    homes = op.create_table(
        "homes", sa.Column("id", sa.String(64), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_homes"))
    )
    op.bulk_insert(homes, [{"id": uuid.uuid4().hex[:16]}])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("homes")
