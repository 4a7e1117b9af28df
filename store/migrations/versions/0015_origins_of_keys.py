"""From which pages a key may be used, and whether it may be seen there. Keys from before are of no page."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add both columns."""
    op.add_column("api_keys", sa.Column("origins", sa.JSON(none_as_null=True)))
    op.add_column("api_keys", sa.Column("publishable", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop both, with the publishable keys: without their origins anybody could use them."""
    op.execute(sa.text("DELETE FROM api_keys WHERE publishable"))
    op.drop_column("api_keys", "publishable")
    op.drop_column("api_keys", "origins")
