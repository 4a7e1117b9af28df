"""Editions of a knowledge base."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create nothing yet."""


def downgrade() -> None:
    """Drop nothing yet."""
