"""Moved and duplicate documents."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create nothing yet."""


def downgrade() -> None:
    """Drop nothing yet."""
