"""What a run needs of the catalog."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from core.types import FloatArray
from store.put import NewVersion
from store.source_state import SourceState


class Record(Protocol):
    """Documents of knowledge bases, by source."""

    def ensure_kb(self, name: str) -> None:
        """Create the knowledge base unless it is there."""
        ...

    def source_states(self, kb: str) -> dict[str, SourceState]:
        """Every known source, attachments included."""
        ...

    def identities(self, kb: str, sources: Sequence[str]) -> dict[str, str]:
        """By source, the id of the document with it, or the one that a new document of this name gets."""
        ...

    def vectors(self, fingerprint: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """Stored vectors by text key; unknown keys are absent."""
        ...

    def put_documents(self, kb: str, new: Sequence[NewVersion], *, fingerprint: str) -> None:
        """Make each the current version of its document, all in one transaction."""
        ...

    def put_outcome(self, kb: str, state: SourceState) -> None:
        """Keep what became of a file that gave no document; an earlier good version stays live."""
        ...

    def put_stamps(self, kb: str, states: Sequence[SourceState]) -> None:
        """Keep what the system says of files whose bytes did not change."""
        ...

    def move_sources(self, kb: str, moves: Mapping[str, str]) -> set[str]:
        """New source by old one; returns the new sources of documents that have to be read again."""
        ...

    def delete_sources(self, kb: str, sources: Collection[str]) -> int:
        """Remove documents; returns how many there were."""
        ...
