"""What a run learns goes into the record, and every verdict to whoever watches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from core.types import Outcome
from ingest.chunk import under_id
from ingest.embed import EmbeddingQueue, Waiting
from ingest.family import Delivery
from ingest.record import Record
from ingest.report import FileResult, Tally
from ingest.task import Parsed
from ingest.watch import Watch
from store.put import NewVersion
from store.source_state import SourceState


class Writer:
    """Writes one run's results into one knowledge base and counts them in ``tally``."""

    def __init__(
        self,
        catalog: Record,
        queue: EmbeddingQueue,
        fingerprint: str,
        kb: str,
        watch: Watch,
    ) -> None:
        self.tally = Tally()
        self._catalog = catalog
        self._queue = queue
        self._fingerprint = fingerprint
        self._kb = kb
        self._watch = watch
        self._files: Collection[str] = ()
        self._moved: Mapping[str, str] = {}

    def check(self) -> None:
        """Write what has got its vectors meanwhile. Raises where the run is to end here: what was read is kept."""
        self._store(self._queue.ready())
        try:
            self._watch.check()
        except Exception:
            self._store(self._queue.settle())
            raise

    def expect(self, files: Collection[str]) -> None:
        """The sources of the run's files; whatever else is reported is attached to one of them."""
        self._files = files

    def moved(self, moves: Mapping[str, str]) -> None:
        """Files, by new source, whose document came from another one."""
        self._moved = moves

    def take(self, delivery: Delivery, file_state: SourceState) -> None:
        """Verdicts on a file and what is in it, as they come: documents into the queue, the others recorded.

        A file that gives no document itself is recorded only when the documents in it are: a run that is cut short
        reads it again.
        """
        for parsed in delivery.results:
            if parsed.document is None and delivery.end is not None and len(delivery.end.present) > 1:
                self._store(self._queue.flush())
            self._take(parsed, _state_of(parsed, file_state))

    def refuse(self, state: SourceState) -> None:
        """Keep an outcome that is no document."""
        self.report(state.source, state.outcome, state.reason)
        self._catalog.put_outcome(self._kb, state)

    def delete(self, sources: Sequence[str]) -> None:
        """Remove documents."""
        if sources:
            self.tally.removed += self._catalog.delete_sources(self._kb, sources)

    def finish(self) -> None:
        """Write what still waits for its vectors."""
        self._store(self._queue.flush())
        self.tally.embedded = self._queue.embedded

    def fill_tokens(self) -> None:
        """Read again what earlier runs stored without token vectors."""
        self._queue.fill(self._kb)
        self.tally.embedded = self._queue.embedded

    def report(self, source: str, outcome: Outcome, reason: str = "", passages: int = 0) -> None:
        """One verdict, told right before the transaction that makes it true, if any."""
        result = FileResult(
            path=source,
            outcome=outcome,
            reason=reason,
            passages=passages,
            moved_from=self._moved.get(source, ""),
        )
        self.tally.add(result, is_attachment=source not in self._files)
        self._watch.settled(result)

    def _take(self, parsed: Parsed, state: SourceState) -> None:
        if parsed.document is None:
            self.refuse(_without_document(state, parsed))
            return
        state = replace(state, outcome=Outcome.INGESTED, reason="", parser=parsed.parser)
        waiting = Waiting(document=parsed.document, passages=parsed.passages, keys=parsed.keys, state=state)
        self._store(self._queue.add(waiting))

    def _store(self, loads: Iterable[Sequence[NewVersion]]) -> None:
        for new in loads:
            ids = self._catalog.identities(self._kb, [each.document.source for each in new])
            for each in new:
                # Told first: a job keeps the verdicts in the transaction of their documents.
                self.report(each.document.source, Outcome.INGESTED, passages=len(each.passages))
            known = [_under_id(each, ids[each.document.source]) for each in new]
            self._catalog.put_documents(self._kb, known, fingerprint=self._fingerprint)


def _under_id(new: NewVersion, identity: str) -> NewVersion:
    """A document that moved here, or whose name another one left, has another id than its name gives."""
    if new.document.id == identity:
        return new
    document, passages = under_id(new.document, new.passages, identity)
    return replace(new, document=document, passages=passages)


def _state_of(parsed: Parsed, file_state: SourceState) -> SourceState:
    """The file's own state keeps the hash from before it was parsed: one written meanwhile then differs next time."""
    if parsed.source == file_state.source:
        return file_state
    return replace(
        file_state,
        source=parsed.source,
        content_hash=parsed.content_hash or file_state.content_hash,
        size=parsed.size or file_state.size,
    )


def _without_document(state: SourceState, parsed: Parsed) -> SourceState:
    """A refusal, or an archive whose members are documents."""
    if parsed.error is None:
        return replace(state, outcome=Outcome.INGESTED, reason="", parser=parsed.parser)
    return replace(state, outcome=parsed.error.outcome, reason=parsed.error.reason, parser=parsed.error.parser)
