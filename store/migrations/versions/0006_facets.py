"""Metadata that filters look up."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create nothing yet."""


def downgrade() -> None:
    """Drop nothing yet."""
