"""What a run has to read: first the system is asked about each file, then the bytes; last, what only moved is moved."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.settings import IngestSettings
from core.types import Outcome
from ingest.family import End
from ingest.files import SourceFile, is_below, is_gone
from ingest.intake import PARSER
from ingest.known import attachments, gone, has_same_stamp, new_state, restamped, still_holds
from ingest.moves import find_moves
from ingest.record import Record
from ingest.sniff import is_container
from ingest.task import hash_file
from ingest.writer import Writer
from store.source_state import SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``pipeline`` names all but the bytes that decides a result; files over the limits of ``settings`` are not read.

    ``checksum`` reads every file, whatever the system says; with ``prune`` whatever the files are not is gone.
    """

    pipeline: str
    settings: IngestSettings
    checksum: bool = False
    prune: bool = False


class Survey:
    """The files of one run against the record; verdicts that need no parsing go to ``writer`` at once."""

    def __init__(self, catalog: Record, writer: Writer, kb: str, files: Sequence[SourceFile], rules: Rules) -> None:
        self._catalog = catalog
        self._writer = writer
        self._kb = kb
        self._files = {file.source: file for file in files}
        self._roots = {file.root for file in files}
        self._closed = [f.source for f in files if f.refusal and f.refusal.outcome is Outcome.FAILED]
        self._rules = rules
        self._old = catalog.source_states(kb)
        self._attached = attachments(self._old, self._files)
        self._touched: list[SourceState] = []
        self._checked_ns = time.time_ns()
        writer.expect(self._files.keys())

    def attached(self, source: str) -> list[SourceState]:
        """What the record has of the attachments of a file."""
        return self._attached.get(source, [])

    def replaced(self, source: str, end: End) -> list[str]:
        """What a file held before and does not any more: attachments that are gone, texts where archives are now."""
        detached = [state.source for state in self.attached(source) if end.is_gone(state.source)]
        old = [self._old[each] for each in end.archives if each in self._old]
        return detached + [s.source for s in old if s.outcome is Outcome.INGESTED and s.parser != PARSER]

    def changed(self) -> Iterator[tuple[SourceFile, SourceState]]:
        """Each file that has to be parsed, with its state and hash, once all that did not change has its verdict."""
        suspects = list(self._glance())
        known = [state for _, state in suspects if state.source in self._old]
        absent = self._absent()
        changed = self._hashed(suspects)
        if suspects and (known or absent):
            changed = self._unmoved(list(changed), absent)
        yield from changed
        self._catalog.put_stamps(self._kb, self._touched)

    def gone(self) -> list[str]:
        """The sources of all documents whose file is not there, attachments included.

        A file that may not be opened keeps no document, but what lies in a folder that cannot be read may be there.
        """
        kept = {source for source, file in self._files.items() if file.refusal is None}
        return [source for source in gone(self._old, kept) if not self._is_hidden(source)]

    def _glance(self) -> Iterator[tuple[SourceFile, SourceState]]:
        """The files that the system does not vouch for."""
        for file in self._files.values():
            self._writer.check()
            if file.refusal is not None:
                self._writer.report(file.source, file.refusal.outcome, file.refusal.reason)
                continue
            state, old = new_state(file, self._rules.pipeline, self._checked_ns), self._old.get(file.source)
            same = old is not None and not self._rules.checksum and has_same_stamp(old, state)
            if reason := _excess(file, state.size, self._rules.settings):
                self._too_large(replace(state, outcome=Outcome.TOO_LARGE, reason=reason), old if same else None)
            elif old is not None and same and self._holds(old):
                self._repeat(old)
            else:
                yield file, state

    def _hashed(self, suspects: Sequence[tuple[SourceFile, SourceState]]) -> Iterator[tuple[SourceFile, SourceState]]:
        """The files whose bytes or pipeline are new."""
        for file, state in suspects:
            self._writer.check()
            try:
                read = replace(state, content_hash=hash_file(file.path))
            except OSError as error:
                reason = f"the file cannot be read: {error.strerror or error}"
                self._writer.report(file.source, Outcome.FAILED, reason)
                continue
            if not self._is_settled(read):
                yield file, read

    def _unmoved(
        self, changed: Sequence[tuple[SourceFile, SourceState]], absent: Sequence[str]
    ) -> Iterator[tuple[SourceFile, SourceState]]:
        """Those of the files that are still to be parsed after what only moved was moved."""
        arrived = {state.source: state.content_hash for _, state in changed if self._is_other(state) and state.size}
        left = {source: self._old[source].content_hash for source in (*absent, *arrived) if source in self._old}
        hashes = set(arrived.values())
        left = {source: content for source, content in left.items() if content in hashes and self._has_left(source)}
        self._move(find_moves(arrived, left, self._old.keys()))
        return ((file, state) for file, state in changed if not self._is_settled(state))

    def _move(self, moves: Mapping[str, str]) -> None:
        whole = dict(moves)
        for old, new in moves.items():
            whole |= {state.source: new + state.source[len(old) :] for state in self.attached(old)}
        if not whole or any(new in self._old and new not in whole for new in whole.values()):
            return
        stale = self._catalog.move_sources(self._kb, whole)
        states = {new: self._old.pop(old) for old, new in whole.items()}
        for new, state in states.items():
            self._old[new] = replace(state, source=new, pipeline="" if new in stale else state.pipeline)
        self._attached = attachments(self._old, self._files)
        self._writer.moved({new: old for old, new in moves.items()})

    def _is_settled(self, state: SourceState) -> bool:
        """Whether the record holds these bytes under this name already; if so, the verdict is told."""
        old = self._old.get(state.source)
        if old is None or old.content_hash != state.content_hash or not self._holds(old):
            return False
        self._touched.append(restamped(old, state))
        self._repeat(old)
        return True

    def _holds(self, old: SourceState) -> bool:
        """Whether the verdict on a file of these bytes stands."""
        return still_holds(old, self._rules.pipeline, self.attached(old.source))

    def _repeat(self, old: SourceState) -> None:
        """An unchanged file keeps its verdict, and what is attached to it keeps its problems."""
        outcome = Outcome.UNCHANGED if old.outcome is Outcome.INGESTED else old.outcome
        self._writer.report(old.source, outcome, old.reason)
        for state in self.attached(old.source):
            if state.outcome is not Outcome.INGESTED:
                self._writer.report(state.source, state.outcome, state.reason)

    def _too_large(self, state: SourceState, old: SourceState | None) -> None:
        if old is not None and old.outcome is Outcome.TOO_LARGE:
            self._writer.report(state.source, state.outcome, state.reason)
        else:
            self._writer.refuse(state)

    def _absent(self) -> list[str]:
        """Sources of documents, attachments left out, that no file of the run has."""
        attached = {state.source for states in self._attached.values() for state in states}
        return [
            source for source in gone(self._old, self._files) if source not in attached and not self._is_hidden(source)
        ]

    def _has_left(self, source: str) -> bool:
        """Whether a document's file is really not there any more, or holds other bytes now."""
        if source in self._files or self._rules.prune:
            return True
        root = self._old[source].root
        return root in self._roots and is_gone(root, source)

    def _is_other(self, state: SourceState) -> bool:
        old = self._old.get(state.source)
        return old is None or old.content_hash != state.content_hash

    def _is_hidden(self, source: str) -> bool:
        """Whether a source lies in a folder that cannot be read now."""
        return is_below(source, self._closed)


def _excess(file: SourceFile, size: int, settings: IngestSettings) -> str:
    """Why a file is too large to be read; empty where it is not."""
    name = "max_file_bytes"
    if size > settings.max_file_bytes and unpacks(file.path):
        name = "archive_bytes"
    limit: int = getattr(settings, name)
    return f"{size:,} bytes are more than ingest.{name} allows ({limit:,})" if size > limit else ""


def unpacks(path: Path) -> bool:
    """Whether a file is an archive, as far as it can be read."""
    try:
        return is_container(path)
    except OSError:
        return False
