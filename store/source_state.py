"""What the record keeps about one file, and the key under which a passage's vector is kept."""

import hashlib
from dataclasses import dataclass

from core.types import Chunk, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The last run's verdict on one source of a knowledge base.

    ``content_hash`` is the SHA-256 of the bytes in hexadecimal; ``pipeline`` names what else decides the document's
    text: the parsers. ``outcome`` is never ``unchanged``: that is a verdict about a run, not about a file. ``reason``
    is empty for an ingested file; ``size`` counts bytes, ``mtime_ns`` nanoseconds.

    ``root`` is the folder that the source is relative to; with ``ctime_ns`` and ``inode``, as the system gave them, and
    ``checked_ns``, when the bytes were last compared, it lets a later run leave the file unread. 0 and empty: unknown.
    """

    source: str
    content_hash: str
    pipeline: str
    outcome: Outcome
    reason: str
    parser: str
    size: int
    mtime_ns: int
    root: str = ""
    ctime_ns: int = 0
    inode: int = 0
    checked_ns: int = 0


def text_key(chunk: Chunk) -> str:
    """SHA-256, in hexadecimal, of what the embedder sees: equal keys share one vector per fingerprint."""
    return hashlib.sha256(chunk.indexed_text.encode()).hexdigest()


def document_id(kb: str, source: str) -> str:
    """The id that one source keeps in one knowledge base over all its versions: 32 hexadecimal digits."""
    return hashlib.sha256(f"{kb}\0{source}".encode()).hexdigest()[:32]
