"""Editions of a knowledge base. What answers in a record of before becomes its first edition, with its indexes."""

import re
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# "ingest 2 (...), passages 1 of 180+1, embedder 0123456789abcdef", of which the end may have been cut off.
_PIPELINE = re.compile(r"(?P<parser>.*), (?P<cut>passages \d+ of (?P<tokens>\d+)\+(?P<overlap>\d+))(?:,.*)?")


def upgrade() -> None:
    """Create the tables, tell how each version was cut, and bring the indexes over."""
    _create_editions()
    op.add_column("versions", sa.Column("cut", sa.String(length=200), server_default="", nullable=False))
    op.create_index(op.f("ix_versions_cut"), "versions", ["cut"])
    bases = {kb: _adopted(kb) for kb in op.get_bind().scalars(sa.text("SELECT name FROM knowledge_bases")).all()}
    _move_indexes({kb: edition for kb, edition in bases.items() if edition is not None})
    _split_pipelines()


def downgrade() -> None:
    """Drop what was added; the indexes are built anew from the record."""
    op.drop_table("indexes")
    _create_indexes(sa.Column("live", sa.Integer(), nullable=False))
    op.drop_table("edition_versions")
    op.drop_table("editions")
    op.drop_index(op.f("ix_versions_cut"), table_name="versions")
    op.drop_column("versions", "cut")


def _create_editions() -> None:
    op.create_table(
        "editions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kb", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cut", sa.String(length=200), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.Column("embedder", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("refuses", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False
        ),
        sa.Column("switched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kb"], ["knowledge_bases.name"], name=op.f("fk_editions_kb"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sqlite_autoincrement=True,
    )
    current = sa.text("state = 'current'")
    op.create_index("ix_editions_kb", "editions", ["kb"])
    op.create_index(
        "uq_editions_current", "editions", ["kb"], unique=True, sqlite_where=current, postgresql_where=current
    )
    op.create_table(
        "edition_versions",
        sa.Column("edition_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_edition_versions_{column}"), ondelete="CASCADE"
            )
            for column, table in (
                ("edition_id", "editions"),
                ("document_id", "documents"),
                ("version_id", "versions"),
            )
        ),
        sa.PrimaryKeyConstraint("edition_id", "document_id", name=op.f("pk_edition_versions")),
    )
    op.create_index("ix_edition_versions_document_id", "edition_versions", ["document_id"])
    op.create_index("ix_edition_versions_version_id", "edition_versions", ["version_id"])


def _adopted(kb: str) -> int | None:
    """The first edition of a knowledge base, as most of its documents were made; None where nothing tells."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT pipeline, count(*) AS n FROM documents WHERE kb = :kb GROUP BY pipeline"), {"kb": kb}
    )
    cuts = Counter({match: row.n for row in rows if (match := _PIPELINE.fullmatch(row.pipeline))})
    fingerprint = _fingerprint_of(kb)
    if not (cuts and fingerprint):
        return None
    common = cuts.most_common(1)[0][0]
    names = ("kb", "state", "cut", "embedder", "fingerprint")
    editions = sa.table("editions", sa.column("passages", sa.JSON()), *map(sa.column, names))
    passages = {"chunk_tokens": int(common["tokens"]), "overlap_sentences": int(common["overlap"])}
    values = {"kb": kb, "state": "current", "cut": common["cut"], "embedder": "", "fingerprint": fingerprint}
    connection.execute(editions.insert().values(**values, passages=passages))
    return int(connection.execute(sa.text("SELECT id FROM editions WHERE kb = :kb"), {"kb": kb}).scalar_one())


def _fingerprint_of(kb: str) -> str | None:
    """The embedder of the dense index that answers: the last word of the index's own fingerprint."""
    statement = sa.text("SELECT fingerprint FROM indexes WHERE kb = :kb AND arm = 'dense' AND live = 1")
    found = op.get_bind().scalar(statement, {"kb": kb})
    return None if found is None else str(found).rsplit(" ", 1)[-1]


def _move_indexes(editions: dict[str, int]) -> None:
    connection = op.get_bind()
    old = connection.execute(sa.text("SELECT * FROM indexes WHERE live = 1")).mappings().all()
    op.drop_table("indexes")
    _create_indexes(
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_indexes_edition_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_indexes_edition_id_arm", "indexes", ["edition_id", "arm"])
    names = ("generation", "kb", "arm", "fingerprint", "watermark")
    table = sa.table("indexes", *map(sa.column, (*names, "edition_id", "complete")))
    for row in old:
        if row["kb"] in editions:
            values = {name: row[name] for name in names}
            connection.execute(table.insert().values(**values, edition_id=editions[row["kb"]], complete=1))


def _create_indexes(*more: "sa.schema.SchemaItem") -> None:
    op.create_table(
        "indexes",
        sa.Column("generation", sa.String(length=64), nullable=False),
        sa.Column("kb", sa.String(length=200), nullable=False),
        sa.Column("arm", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["kb"], ["knowledge_bases.name"], name=op.f("fk_indexes_kb"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_indexes")),
    )
    op.create_index("ix_indexes_kb_arm", "indexes", ["kb", "arm"])


def _split_pipelines() -> None:
    """A document's pipeline is what decides its text; how it was cut belongs to its versions."""
    connection = op.get_bind()
    for pipeline in connection.scalars(sa.text("SELECT DISTINCT pipeline FROM documents")).all():
        if match := _PIPELINE.fullmatch(pipeline):
            words = {"cut": match["cut"], "parser": match["parser"], "pipeline": pipeline}
            connection.execute(
                sa.text(
                    "UPDATE versions SET cut = :cut WHERE id IN"
                    " (SELECT current_version FROM documents WHERE pipeline = :pipeline)"
                ),
                words,
            )
            connection.execute(sa.text("UPDATE documents SET pipeline = :parser WHERE pipeline = :pipeline"), words)
