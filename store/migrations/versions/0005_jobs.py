"""Jobs."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create nothing yet."""


def downgrade() -> None:
    """Drop nothing yet."""
