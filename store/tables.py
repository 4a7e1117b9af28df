"""The record's tables.

``documents`` has one row per source of a knowledge base; ``versions`` its parsed texts; ``chunks`` the passages of each
version. A passage is live exactly when its version is its document's ``current_version``. ``embeddings`` and
``token_vectors`` belong to texts, whichever passages have them. ``outbox`` numbers the changes of one knowledge base
without gaps (a row names a passage whose liveness changed; whether it lives now, the other tables say); ``indexes``
says how far each generation of an index has followed them.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only numbers rows by itself for the exact type INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")
_now = func.current_timestamp()


def _kb(*, primary_key: bool = False) -> Column[str]:
    owner = ForeignKey("knowledge_bases.name", ondelete="CASCADE")
    return Column("kb", String(200), owner, nullable=False, primary_key=primary_key)


knowledge_bases = Table(
    "knowledge_bases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("head_seq", BigInteger, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(64), primary_key=True),
    _kb(),
    Column("source", Text, nullable=False),
    Column("current_version", BigInteger),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("parser", String(200), nullable=False),
    Column("pipeline", String(200), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("uq_documents_kb_source", "kb", "source", unique=True),
    Index("ix_documents_current_version", "current_version"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    Column("document_id", String(64), ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("language", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    sqlite_autoincrement=True,
)

chunks = Table(
    "chunks",
    metadata,
    Column(
        "version_id", BigInteger, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("chunk_id", String(64), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("span_start", Integer, nullable=False),
    Column("span_end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("heading_path", JSON, nullable=False),
    Column("page", Integer),
    Column("kind", String(20), nullable=False),
    Column("language", String(10), nullable=False),
    Column("token_count", Integer, nullable=False),
    Column("text_key", String(64), nullable=False, index=True),
    Index("ix_chunks_chunk_id", "chunk_id"),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("fingerprint", String(200), primary_key=True),
    Column("text_key", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

token_vectors = Table(
    "token_vectors",
    metadata,
    Column("fingerprint", String(200), primary_key=True),
    Column("text_key", String(64), primary_key=True),
    Column("width", Integer, nullable=False),
    Column("codes", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    _kb(primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("chunk_id", String(64), nullable=False),
)

indexes = Table(
    "indexes",
    metadata,
    Column("generation", String(64), primary_key=True),
    _kb(),
    Column("arm", String(20), nullable=False),
    Column("fingerprint", String(200), nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("live", Integer, nullable=False),
    Column("built_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("ix_indexes_kb_arm", "kb", "arm"),
)
