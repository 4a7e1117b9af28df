"""Rows of the record to the types of ``core`` and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import BindParameter, ColumnElement, Join, Row, Select, func, select

from core.ports import TokenCodes
from core.token_codes import CODEC
from core.types import Block, BlockKind, Chunk, ChunkKind, Document, FloatArray, Span
from store.tables import chunks, documents, edition_versions, versions

_KINDS = {kind.value: kind for kind in ChunkKind}


def within(kb: str | BindParameter[str]) -> ColumnElement[bool]:
    """Documents of this knowledge base, for statements that look passages up by id.

    The function call keeps SQLite from walking all documents of the knowledge base instead (100 ms against 2 ms for
    200 passages among 4,286 documents).
    """
    return func.coalesce(documents.c.kb, "") == kb


def in_edition(edition: int | BindParameter[int]) -> Join:
    """Passages, their versions and documents as they stand in one edition, whether it answers now or not.

    Where ``edition_versions`` names nothing for a document, its current version stands in every edition.
    """
    other = (edition_versions.c.document_id == versions.c.document_id) & (edition_versions.c.edition_id == edition)
    stands = func.coalesce(edition_versions.c.version_id, documents.c.current_version) == chunks.c.version_id
    return (
        chunks.join(versions, versions.c.id == chunks.c.version_id)
        .outerjoin(edition_versions, other)
        .join(documents, (documents.c.id == versions.c.document_id) & stands)
    )


def live() -> Join:
    """Passages, their versions and documents as they stand in the edition that answers now."""
    current = documents.c.current_version == chunks.c.version_id
    return chunks.join(documents, current).join(versions, versions.c.id == chunks.c.version_id)


def live_chunk_rows(kb: str | BindParameter[str], edition: int | BindParameter[int] | None = None) -> Select[Any]:
    """Every column that ``chunk_from`` reads, of the live passages of a knowledge base, or of one of its editions."""
    columns = (documents.c.id.label("document_id"), documents.c.source)
    of_version = (versions.c.title, versions.c.valid_from, versions.c.valid_until)
    places = live() if edition is None else in_edition(edition)
    return select(chunks, *columns, *of_version).select_from(places).where(within(kb))


def chunk_from(row: Row[Any]) -> Chunk:
    """The passage of one row of ``live_chunk_rows``; what is added to its columns is not looked at."""
    # By position: hundreds are made for every search, and a name costs as much as all else.
    _, chunk_id, ordinal, start, end, text, headings, page, kind, language, tokens, _, *of_document = tuple(row)[:17]
    document, source, title, valid_from, valid_until = of_document
    return Chunk(
        id=chunk_id,
        document_id=document,
        source=source,
        title=title,
        span=Span(start, end),
        text=text,
        heading_path=tuple(headings),
        page=page,
        kind=_KINDS[kind],
        language=language,
        token_count=tokens,
        ordinal=ordinal,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def chunk_values(version_id: int, passages: Iterable[Chunk], keys: Iterable[str]) -> list[dict[str, Any]]:
    """One row of ``chunks`` per passage, with its text key."""
    return [
        {
            "version_id": version_id,
            "chunk_id": chunk.id,
            "ordinal": chunk.ordinal,
            "span_start": chunk.span.start,
            "span_end": chunk.span.end,
            "text": chunk.text,
            "heading_path": list(chunk.heading_path),
            "page": chunk.page,
            "kind": chunk.kind.value,
            "language": chunk.language,
            "token_count": chunk.token_count,
            "text_key": key,
        }
        for chunk, key in zip(passages, keys, strict=True)
    ]


def document_from(row: Row[Any]) -> Document:
    """The document of one row of ``documents`` joined with its current version."""
    return Document(
        id=row.document_id,
        kb=row.kb,
        source=row.source,
        title=row.title,
        text=row.text,
        blocks=tuple(_block(*packed) for packed in row.blocks),
        language=row.language,
        content_hash=row.content_hash,
        metadata=row.metadata,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def version_values(document: Document) -> dict[str, Any]:
    """The row of ``versions`` for a document."""
    return {
        "document_id": document.id,
        "title": document.title,
        "language": document.language,
        "text": document.text,
        "blocks": [[b.kind.value, b.span.start, b.span.end, b.level, b.page] for b in document.blocks],
        "metadata": dict(document.metadata),
        "content_hash": document.content_hash,
        "valid_from": document.valid_from,
        "valid_until": document.valid_until,
    }


def _block(kind: str, start: int, end: int, level: int, page: int | None) -> Block:
    return Block(kind=BlockKind(kind), span=Span(start, end), level=level, page=page)


def vector_values(fingerprint: str, by_key: Mapping[str, FloatArray]) -> list[dict[str, Any]]:
    """One row of ``embeddings`` per text."""
    return [
        {"fingerprint": fingerprint, "text_key": key, "vector": vector_bytes(vector)} for key, vector in by_key.items()
    ]


def vector_bytes(vector: FloatArray) -> bytes:
    """Little-endian float32, 4 bytes per dimension."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def code_values(fingerprint: str, by_key: Mapping[str, TokenCodes]) -> list[dict[str, Any]]:
    """One row of ``token_vectors`` per text."""
    return [
        {
            "fingerprint": packed_name(fingerprint),
            "text_key": key,
            "width": each.rows.shape[1],
            "codes": each.rows.tobytes(),
        }
        for key, each in by_key.items()
    ]


def codes_from(row: Row[Any]) -> TokenCodes:
    """The packed tokens of one row of ``token_vectors``."""
    return TokenCodes(np.frombuffer(row.codes, dtype=np.uint8).reshape(-1, row.width))


def packed_name(fingerprint: str) -> str:
    """Names the embedder and the way of packing; codes of one name can be compared."""
    return f"{fingerprint}/{CODEC}"


def vector_from(raw: bytes) -> FloatArray:
    """Shape (dim,), read-only float32."""
    return np.frombuffer(raw, dtype="<f4")
