"""Where a document's file lies and when it was compared; sketches of texts, and the texts that are nearly the same."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and create both tables."""
    op.add_column("documents", sa.Column("root", sa.Text(), server_default="", nullable=False))
    for name in ("ctime_ns", "inode", "checked_ns"):
        op.add_column("documents", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "sketches",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("words_hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_sketches_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_sketches")),
    )
    op.create_index("ix_sketches_words_hash", "sketches", ["words_hash"])
    op.create_table(
        "near_duplicates",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("other_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_near_duplicates_version_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["versions.id"], name=op.f("fk_near_duplicates_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "other_id", name=op.f("pk_near_duplicates")),
    )
    op.create_index("ix_near_duplicates_other_id", "near_duplicates", ["other_id"])


def downgrade() -> None:
    """Drop both tables and the columns."""
    op.drop_index("ix_near_duplicates_other_id", table_name="near_duplicates")
    op.drop_table("near_duplicates")
    op.drop_index("ix_sketches_words_hash", table_name="sketches")
    op.drop_table("sketches")
    for name in ("checked_ns", "inode", "ctime_ns", "root"):
        op.drop_column("documents", name)
