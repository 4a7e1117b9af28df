"""The record's tables.

``homes`` has one row, the name of this record among others on a shared server. ``tenants`` own knowledge bases, whose
names here are keys that carry the tenant (``store/kb_key.py``); ``api_keys`` open them; ``token_usage`` counts what
models read and wrote for a key, or for the whole tenant where ``key`` is empty. ``documents`` has one row per source of
a knowledge base; ``versions`` its parsed texts; ``chunks`` the passages of each version. A passage is live exactly when
its version is its document's ``current_version``. ``embeddings`` and ``token_vectors`` belong to texts, whichever
passages have them. ``editions`` are the ways in which a knowledge base was cut and embedded; ``edition_versions`` names
the version that stands in one that does not answer now, where that is not the current one (``store/editions.py``).
``outbox`` numbers the changes of one knowledge base without gaps (a row names a passage whose liveness changed; whether
it lives now, the other tables say); ``indexes`` says how far each generation of an index has followed them. ``jobs``
are leased to workers one attempt at a time, and ``job_files`` keeps what a job settled; times of jobs are seconds since
1970 by the database's clock. ``sketches`` holds the MinHash of each version's text, ``near_duplicates`` both directions
of each pair of similar ones. ``facets`` are the names and values that filters look up; a knowledge base's ``revision``
rises with every write that may change what a filter leaves. ``traces`` say how answers came about; ``created_at`` is in
seconds since 1970 by the clock of the process that answered. ``document_edits`` holds what a person said of a document,
over what its files say; ``idempotency`` the answers to writes that may be sent again (``status`` is null while the
first is at work). ``feedback`` says what a person thought of an answer, with a copy of its trace, which is swept long
before; ``feedback_documents`` what that answer quoted. ``usage_days`` counts what keys asked, day by day in UTC
(``key`` is empty for whoever needed none).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    func,
    text,
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


homes = Table("homes", metadata, Column("id", String(64), primary_key=True))

tenants = Table(
    "tenants",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("prefix", String(12), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("tenant", String(64), ForeignKey("tenants.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(200), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("kbs", JSON(none_as_null=True)),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
    Column("replaced_by", String(12)),
    Column("origins", JSON(none_as_null=True)),
    Column("publishable", Boolean, nullable=False, server_default=false()),
)

token_usage = Table(
    "token_usage",
    metadata,
    Column("tenant", String(64), ForeignKey("tenants.name", ondelete="CASCADE"), primary_key=True),
    Column("key", String(12), primary_key=True),
    Column("period", String(20), primary_key=True),
    Column("budget", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False, server_default="0"),
    Column("held", BigInteger, nullable=False, server_default="0"),
    Column("held_until", Double, nullable=False, server_default="0"),
)

knowledge_bases = Table(
    "knowledge_bases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("head_seq", BigInteger, nullable=False, server_default="0"),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("synonyms", Text, nullable=False, server_default=""),
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
    Column("root", Text, nullable=False, server_default=""),
    Column("ctime_ns", BigInteger, nullable=False, server_default="0"),
    Column("inode", BigInteger, nullable=False, server_default="0"),
    Column("checked_ns", BigInteger, nullable=False, server_default="0"),
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
    Column("cut", String(200), nullable=False, server_default="", index=True),
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

sketches = Table(
    "sketches",
    metadata,
    Column(
        "version_id", BigInteger, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("words_hash", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("ix_sketches_words_hash", "words_hash"),
)

near_duplicates = Table(
    "near_duplicates",
    metadata,
    Column(
        "version_id", BigInteger, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column(
        "other_id", BigInteger, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("similarity", Double, nullable=False),
    Index("ix_near_duplicates_other_id", "other_id"),
)

facets = Table(
    "facets",
    metadata,
    Column(
        "version_id", BigInteger, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("name", Text, primary_key=True),
    Column("value_key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index("ix_facets_name_value_key_version_id", "name", "value_key", "version_id"),
)

_CURRENT = text("state = 'current'")

editions = Table(
    "editions",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    _kb(),
    Column("state", String(20), nullable=False),
    Column("cut", String(200), nullable=False),
    Column("passages", JSON, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("fingerprint", String(200), nullable=False),
    Column("refuses", Text, nullable=False, server_default=""),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("switched_at", DateTime(timezone=True)),
    Index("ix_editions_kb", "kb"),
    Index("uq_editions_current", "kb", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    sqlite_autoincrement=True,
)

edition_versions = Table(
    "edition_versions",
    metadata,
    Column(
        "edition_id", BigInteger, ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("document_id", String(64), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("version_id", BigInteger, ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    Index("ix_edition_versions_document_id", "document_id"),
    Index("ix_edition_versions_version_id", "version_id"),
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
    Column("edition_id", BigInteger, ForeignKey("editions.id", ondelete="CASCADE"), nullable=False),
    Column("arm", String(20), nullable=False),
    Column("fingerprint", String(200), nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("complete", Integer, nullable=False),
    Column("built_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("ix_indexes_kb_arm", "kb", "arm"),
    Index("ix_indexes_edition_id_arm", "edition_id", "arm"),
)

_RUNNING = text("state = 'running'")

jobs = Table(
    "jobs",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    _kb(),
    Column("kind", String(20), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("stopping", Integer, nullable=False, server_default="0"),
    Column("owner", String(200), nullable=False, server_default=""),
    Column("not_before", Double, nullable=False),
    Column("lease_until", Double, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("heartbeat_at", Double),
    Column("finished_at", Double),
    Column("progress", JSON, nullable=False),
    Column("report", JSON),
    Column("error", Text, nullable=False, server_default=""),
    Index("ix_jobs_state_priority_id", "state", "priority", "id"),
    # However two workers race, the second one's claim of the same knowledge base fails.
    Index("uq_jobs_running_kb", "kb", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    sqlite_autoincrement=True,
)

job_files = Table(
    "job_files",
    metadata,
    Column("job_id", BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("source", Text, primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("passages", Integer, nullable=False),
)

traces = Table(
    "traces",
    metadata,
    Column("trace_id", String(64), primary_key=True),
    _kb(),
    Column("created_at", Double, nullable=False),
    Column("status", String(40), nullable=False),
    Column("question", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("proven", Integer),
    Column("dropped", Integer),
    Index("ix_traces_kb_created_at", "kb", "created_at"),
    Index("ix_traces_created_at", "created_at"),
)

document_edits = Table(
    "document_edits",
    metadata,
    Column("document_id", String(64), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("fields", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("status", Integer),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(64), primary_key=True),
    _kb(),
    Column("trace_id", String(64), nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("rating", String(10), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("comment", Text, nullable=False),
    Column("corrected_answer", Text, nullable=False),
    Column("missing_document", Integer, nullable=False),
    Column("status", String(40), nullable=False),
    Column("language", String(10), nullable=False),
    Column("question", Text, nullable=False),
    Column("prompt", String(200), nullable=False),
    Column("trace", LargeBinary, nullable=False),
    Index("ix_feedback_kb_updated_at", "kb", "updated_at"),
    Index("ix_feedback_updated_at", "updated_at"),
)

feedback_documents = Table(
    "feedback_documents",
    metadata,
    Column("feedback_id", String(64), ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", String(64), primary_key=True),
    Column("source", Text, nullable=False),
    Index("ix_feedback_documents_document_id", "document_id"),
)

usage_days = Table(
    "usage_days",
    metadata,
    Column("tenant", String(64), ForeignKey("tenants.name", ondelete="CASCADE"), primary_key=True),
    Column("key", String(12), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("answers", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost", Double, nullable=False),
)
