"""What the record keeps about one file, and the key under which a passage's vector is kept."""

import hashlib
from dataclasses import dataclass

from core.types import Chunk, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The last run's verdict on one source of a knowledge base.

    ``content_hash`` is the SHA-256 of the bytes in hexadecimal; ``pipeline`` names everything else that decides the
    result (parser version, passage settings, embedder). ``outcome`` is never ``unchanged``: that is a verdict about a
    run, not about a file. ``reason`` is empty for an ingested file; ``size`` counts bytes, ``mtime_ns`` nanoseconds.
    """

    source: str
    content_hash: str
    pipeline: str
    outcome: Outcome
    reason: str
    parser: str
    size: int
    mtime_ns: int


def text_key(chunk: Chunk) -> str:
    """SHA-256, in hexadecimal, of what the embedder sees: equal keys share one vector per fingerprint."""
    return hashlib.sha256(chunk.indexed_text.encode()).hexdigest()


def document_id(kb: str, source: str) -> str:
    """The id that one source keeps in one knowledge base over all its versions: 32 hexadecimal digits."""
    return hashlib.sha256(f"{kb}\0{source}".encode()).hexdigest()[:32]
