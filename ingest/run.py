"""The batch run: find → skip what is unchanged → parse → passages → embed what is new → one transaction per document.

Read this first. Parsing happens in other processes; embedding and the record belong to this one.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from core.errors import ParseError
from core.ports import PassageEncoder, TokenCodes
from core.settings import IngestSettings
from core.types import Chunk, Document, FloatArray, Outcome
from ingest.chunk import chunk_document
from ingest.document import build_document
from ingest.embed import EmbeddingQueue, Ready, TokenRecord, Waiting
from ingest.files import SourceFile, find_files, is_below
from ingest.known import ATTACHMENT_MARK, attachments_of, gone, is_unchanged, new_state, pipeline_name
from ingest.report import FileResult, IngestReport, Tally
from ingest.worker import WORKER, FileTask, Parsed, parse_all
from store.source_state import SourceState


class Record(Protocol):
    """What a run needs of the catalog."""

    def ensure_kb(self, name: str) -> None:
        """Create the knowledge base unless it is there."""
        ...

    def source_states(self, kb: str) -> dict[str, SourceState]:
        """Every known source, attachments included."""
        ...

    def vectors(self, fingerprint: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        """Stored vectors by text key; unknown keys are absent."""
        ...

    def put_document(
        self,
        document: Document,
        passages: Sequence[Chunk],
        vectors: Sequence[FloatArray],
        *,
        fingerprint: str,
        state: SourceState,
        tokens: Mapping[str, TokenCodes],
    ) -> None:
        """Make this the current version, in one transaction."""
        ...

    def put_outcome(self, kb: str, state: SourceState) -> None:
        """Keep what became of a file that gave no document; an earlier good version stays live."""
        ...

    def delete_sources(self, kb: str, sources: Collection[str]) -> int:
        """Remove documents; returns how many there were."""
        ...


def _unwatched(_result: FileResult) -> None:
    """The progress of a run that nobody watches."""


class Ingestion:
    """Brings folders and files into knowledge bases; token vectors too where there is a ``token_record`` for them."""

    def __init__(
        self,
        catalog: Record,
        embedder: PassageEncoder,
        settings: IngestSettings,
        token_record: TokenRecord | None = None,
    ) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._settings = settings
        self._token_record = token_record

    def run(
        self,
        paths: Sequence[Path],
        kb: str,
        *,
        prune: bool = False,
        workers: int | None = None,
        progress: Callable[[FileResult], None] = _unwatched,
    ) -> IngestReport:
        """Ingest every file under ``paths``; no file stops the run.

        ``prune`` makes the knowledge base hold what ``paths`` hold and nothing else; it does nothing where only single
        files are given. ``progress`` is called once per file or attachment, in the order of completion. Raises
        ``NotFound`` and ``InvalidInput`` for the arguments, and whatever the embedder or the record raises.
        """
        began = time.monotonic()
        files = find_files(paths)
        self._catalog.ensure_kb(kb)
        settings = self._settings if workers is None else self._settings.model_copy(update={"workers": workers})
        queue = EmbeddingQueue(self._catalog.vectors, self._embedder, settings.embed_batch, self._token_record)
        run = _Run(self._catalog, queue, self._embedder.fingerprint, settings, kb, progress)
        run.ingest(files)
        if prune and any(path.is_dir() for path in paths):
            run.remove_gone(files)
        run.fill_tokens()
        return run.tally.report(seconds=time.monotonic() - began)


class _Run:
    """One run over one knowledge base."""

    def __init__(
        self,
        catalog: Record,
        queue: EmbeddingQueue,
        fingerprint: str,
        settings: IngestSettings,
        kb: str,
        progress: Callable[[FileResult], None],
    ) -> None:
        self.tally = Tally()
        self._catalog = catalog
        self._queue = queue
        self._fingerprint = fingerprint
        self._settings = settings
        self._kb = kb
        self._progress = progress
        self._old = catalog.source_states(kb)
        self._new: dict[str, SourceState] = {}

    def ingest(self, files: Sequence[SourceFile]) -> None:
        """Parse and store what is new or changed."""
        for task, results in parse_all(self._tasks(files), self._settings):
            state = self._new.pop(task.source)
            for parsed in results:
                self._take(parsed, state)
            self._forget_detached(task.source, results)
        self._store(self._queue.flush())
        self.tally.embedded = self._queue.embedded

    def fill_tokens(self) -> None:
        """Read again what earlier runs stored without token vectors."""
        self._queue.fill(self._kb)
        self.tally.embedded = self._queue.embedded

    def remove_gone(self, files: Sequence[SourceFile]) -> None:
        """Remove every document of the knowledge base that is neither one of ``files`` nor attached to one.

        A file that may not be opened keeps no document, but what lies in a folder that cannot be read now may be there.
        """
        kept = {file.source for file in files if file.refusal is None}
        closed = [file.source for file in files if file.refusal and file.refusal.outcome is Outcome.FAILED]
        self._delete([source for source in gone(self._old, kept) if not is_below(source, closed)])

    def _tasks(self, files: Sequence[SourceFile]) -> Iterator[FileTask]:
        """The files that have to be parsed; the others get their verdict on the way."""
        pipeline = pipeline_name(self._settings, self._fingerprint)
        for file in files:
            if file.refusal is not None:
                self._report(file.source, file.refusal.outcome, file.refusal.reason)
                continue
            try:
                state = new_state(file, pipeline, self._settings.max_file_bytes)
            except OSError as error:
                self._report(file.source, Outcome.FAILED, f"the file cannot be read: {error.strerror or error}")
                continue
            old = self._old.get(file.source)
            if state.outcome is Outcome.TOO_LARGE:
                self._refuse(state)
            elif old is not None and is_unchanged(old, state):
                self._repeat(old)
            else:
                self._new[file.source] = state
                yield FileTask(path=file.path, source=file.source)

    def _repeat(self, old: SourceState) -> None:
        """An unchanged file keeps its verdict, and what is attached to it keeps its problems."""
        outcome = Outcome.UNCHANGED if old.outcome is Outcome.INGESTED else old.outcome
        self._report(old.source, outcome, old.reason)
        for state in attachments_of(old.source, self._old):
            if state.outcome is not Outcome.INGESTED:
                self._report(state.source, state.outcome, state.reason)

    def _take(self, parsed: Parsed, file_state: SourceState) -> None:
        """One parsed file or attachment: into the queue, or refused."""
        state = replace(
            file_state,
            source=parsed.source,
            content_hash=parsed.content_hash or file_state.content_hash,
            size=parsed.size or file_state.size,
        )
        if parsed.document is None:
            self._refuse(_failed(state, parsed.error))
            return
        state = replace(state, outcome=Outcome.INGESTED, reason="", parser=parsed.document.parser)
        document = build_document(parsed.document, kb=self._kb, source=parsed.source, content_hash=state.content_hash)
        passages = tuple(chunk_document(document, self._settings))
        if passages:
            self._store(self._queue.add(Waiting(document=document, passages=passages, state=state)))
        else:
            self._refuse(replace(state, outcome=Outcome.EMPTY, reason="the text holds no word, only marks"))

    def _store(self, ready: Sequence[Ready]) -> None:
        for each in ready:
            self._catalog.put_document(
                each.document,
                each.passages,
                each.vectors,
                fingerprint=self._fingerprint,
                state=each.state,
                tokens=each.tokens,
            )
            self._report(each.state.source, Outcome.INGESTED, passages=len(each.passages))

    def _refuse(self, state: SourceState) -> None:
        self._catalog.put_outcome(self._kb, state)
        self._report(state.source, state.outcome, state.reason)

    def _forget_detached(self, source: str, results: Sequence[Parsed]) -> None:
        """Attachments of an earlier version of a message that this one lacks. A failed one says nothing about them."""
        if results[0].document is not None or len(results) > 1:
            present = {parsed.source for parsed in results}
            self._delete([old.source for old in attachments_of(source, self._old) if old.source not in present])

    def _delete(self, sources: Sequence[str]) -> None:
        if sources:
            self.tally.removed += self._catalog.delete_sources(self._kb, sources)

    def _report(self, source: str, outcome: Outcome, reason: str = "", passages: int = 0) -> None:
        result = FileResult(path=source, outcome=outcome, reason=reason, passages=passages)
        self.tally.add(result, is_attachment=ATTACHMENT_MARK in source)
        self._progress(result)


def _failed(state: SourceState, error: ParseError | None) -> SourceState:
    if error is None:
        return replace(
            state, outcome=Outcome.FAILED, reason="the parser gave neither a document nor an error", parser=WORKER
        )
    return replace(state, outcome=error.outcome, reason=error.reason, parser=error.parser)
