"""What the record already knows: whether a file has to be read again."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from core.settings import IngestSettings
from core.types import Outcome
from ingest.files import SourceFile
from ingest.task import MEMBER_MARK, WORKER
from store.source_state import SourceState

# Raise this when the same document gives other passages: everything is then cut again, as another edition.
CHUNKER_REVISION = 3
# A file that was written within this time before it was compared may have been written once more under the same time:
# clocks of file systems tick every 2 s at worst (FAT). Git calls such a file racily clean.
_RACY_NS = 3_000_000_000
_STAMP = ("root", "size", "mtime_ns", "ctime_ns", "inode")


def cut_name(settings: IngestSettings, counted_by: str) -> str:
    """Everything that decides the passages of a text; ``counted_by`` names what counts tokens."""
    size = f"{settings.chunk_tokens}+{settings.overlap_sentences}"
    return f"passages {CHUNKER_REVISION} of {size} by {counted_by}"


def cut_settings(settings: IngestSettings) -> dict[str, int]:
    """The settings that ``cut_name`` names, to cut by them again."""
    return {"chunk_tokens": settings.chunk_tokens, "overlap_sentences": settings.overlap_sentences}


def new_state(file: SourceFile, pipeline: str, checked_ns: int) -> SourceState:
    """The file as it is now, not read yet: its outcome still ``failed`` and its hash empty.

    ``checked_ns`` is a time, in nanoseconds since 1970, before the file is read. Raises ``ValueError`` for a file that
    was refused.
    """
    if file.stat is None:
        raise ValueError(f"{file.source!r} is not to be read: {file.refusal}")
    return SourceState(
        source=file.source,
        content_hash="",
        pipeline=pipeline,
        outcome=Outcome.FAILED,
        reason="",
        parser=WORKER,
        size=file.stat.st_size,
        mtime_ns=file.stat.st_mtime_ns,
        root=file.root,
        ctime_ns=file.stat.st_ctime_ns,
        inode=file.stat.st_ino & 0x7FFF_FFFF_FFFF_FFFF,  # a signed column holds it
        checked_ns=checked_ns,
    )


def has_same_stamp(old: SourceState, new: SourceState) -> bool:
    """Whether the system vouches for the old bytes: nothing about the file moved since well before it was compared."""
    if any(getattr(old, name) != getattr(new, name) for name in _STAMP):
        return False
    return max(old.mtime_ns, old.ctime_ns) + _RACY_NS < old.checked_ns


def restamped(old: SourceState, new: SourceState) -> SourceState:
    """The old verdict with what the system says of the file now."""
    stamp = {name: getattr(new, name) for name in (*_STAMP, "checked_ns")}
    return replace(old, **stamp)


def still_holds(old: SourceState, pipeline: str, attached: Collection[SourceState] = ()) -> bool:
    """Whether the old verdict, with those on what is ``attached``, stands if the bytes are the same.

    A worker that died or timed out says nothing final.
    """
    return bool(old.content_hash) and old.pipeline == pipeline and not any(map(was_lost, (old, *attached)))


def attachments(states: Mapping[str, SourceState], files: Collection[str]) -> dict[str, list[SourceState]]:
    """The states of what is attached to a file, at any depth, by the file's source. What is in ``files`` is a file
    itself, whatever its name."""
    found: dict[str, list[SourceState]] = defaultdict(list)
    for source, state in states.items():
        if MEMBER_MARK in source and source not in files:
            owner = next((name for name in _owners(source) if name in states), None)
            if owner is not None:
                found[owner].append(state)
    return found


def gone(states: Collection[str], present: Collection[str]) -> list[str]:
    """The sources that are neither present nor attached to one that is."""
    return [
        source for source in states if source not in present and not any(owner in present for owner in _owners(source))
    ]


def _owners(source: str) -> Iterator[str]:
    """What a source would be attached to, outermost first; a folder may be named ``Yahoo!`` all the same."""
    at = source.find(MEMBER_MARK)
    while at >= 0:
        yield source[:at]
        at = source.find(MEMBER_MARK, at + 1)


def was_lost(state: SourceState) -> bool:
    """Whether a process died over the file, which says nothing about the file."""
    return state.outcome is Outcome.FAILED and state.parser == WORKER
