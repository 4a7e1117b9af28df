"""What the record already knows: whether a file has to be read again."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from core.settings import IngestSettings
from core.types import Outcome
from ingest.files import SourceFile
from ingest.parse import parser_version
from ingest.worker import WORKER, hash_file
from store.source_state import SourceState

# Raise this when the same document gives other passages: everything is then cut again.
CHUNKER_REVISION = 1
ATTACHMENT_MARK = "!/"


def pipeline_name(settings: IngestSettings, fingerprint: str) -> str:
    """Everything besides the bytes that decides what is stored of a file; at most 200 characters."""
    passages = f"passages {CHUNKER_REVISION} of {settings.chunk_tokens}+{settings.overlap_sentences}"
    embedder = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
    return f"{parser_version()}, {passages}, embedder {embedder}"[:200]


def new_state(file: SourceFile, pipeline: str, max_bytes: int) -> SourceState:
    """The file as it is now, its outcome still ``failed``, or ``too_large`` (then it is not read at all).

    Raises ``OSError`` when the file cannot be read.
    """
    stat = file.path.stat()
    state = SourceState(
        source=file.source,
        content_hash="",
        pipeline=pipeline,
        outcome=Outcome.FAILED,
        reason="",
        parser=WORKER,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
    )
    if stat.st_size > max_bytes:
        reason = f"{stat.st_size:,} bytes are more than ingest.max_file_bytes allows ({max_bytes:,})"
        return replace(state, outcome=Outcome.TOO_LARGE, reason=reason)
    return replace(state, content_hash=hash_file(file.path))


def is_unchanged(old: SourceState | None, new: SourceState) -> bool:
    """Whether the old verdict still holds. A worker that died or timed out says nothing final about a file."""
    if old is None or (old.outcome is Outcome.FAILED and old.parser == WORKER):
        return False
    return bool(new.content_hash) and (old.content_hash, old.pipeline) == (new.content_hash, new.pipeline)


def attachments_of(source: str, states: Mapping[str, SourceState]) -> Iterator[SourceState]:
    """The states of what was attached to a message, at any depth."""
    return (state for name, state in states.items() if name.startswith(source + ATTACHMENT_MARK))


def gone(states: Collection[str], present: Collection[str]) -> list[str]:
    """The sources that are neither present nor attached to one that is."""
    return [source for source in states if source.split(ATTACHMENT_MARK)[0] not in present]
