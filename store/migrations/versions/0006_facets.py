"""Names and values that filters look up, of the versions that are there already too."""

import sqlalchemy as sa
from alembic import op

from store.facets import facet_rows
from store.tables import facets

revision = "0006"
down_revision = "0005"

_BATCH = 500


def upgrade() -> None:
    """Create the table, count the changes of each knowledge base, and fill in what is known."""
    op.add_column("knowledge_bases", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "facets",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_facets_version_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", "name", "value_key", name=op.f("pk_facets")),
    )
    op.create_index("ix_facets_name_value_key_version_id", "facets", ["name", "value_key", "version_id"])
    _fill()


def _fill() -> None:
    connection = op.get_bind()
    names = ("id", "language", "valid_from", "valid_until")
    types = {"valid_from": sa.Date(), "valid_until": sa.Date()}
    versions = sa.table(
        "versions", *(sa.column(name, types.get(name)) for name in names), sa.column("metadata", sa.JSON())
    )
    ids = connection.scalars(sa.select(versions.c.id).order_by(versions.c.id)).all()
    for start in range(0, len(ids), _BATCH):
        rows = connection.execute(sa.select(versions).where(versions.c.id.in_(ids[start : start + _BATCH])))
        validity = ("valid_from", "valid_until")
        made = [
            facet
            for row in rows
            for facet in facet_rows(row.id, row.language, row.metadata, {name: getattr(row, name) for name in validity})
        ]
        connection.execute(facets.insert(), made)


def downgrade() -> None:
    """Drop the table and the column."""
    op.drop_index("ix_facets_name_value_key_version_id", table_name="facets")
    op.drop_table("facets")
    op.drop_column("knowledge_bases", "revision")
