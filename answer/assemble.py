"""What is done with a home: a ``Desk`` answers, fills and looks after one. Its parts are in ``answer/parts.py``."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answer.parts import Parts
from core.types import Answer, AnswerEvent, Chunk, Document, Filter, Question, SearchResult, SearchStage
from store.ledger import Ledger
from store.reading import KnowledgeBase
from store.source_state import SourceState

if TYPE_CHECKING:
    from answer.health import Gauges, Health
    from answer.traces.replay import Replay
    from core.explanation import Explained
    from ingest.report import IngestReport
    from ingest.watch import Watch
    from retrieval.verify import ArmReport
    from store.duplicates import Duplicate

_OPENING_SECONDS = 10.0


class Desk(Parts):
    """Everything behind the service and the command line. Thread-safe once started."""

    # --- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Own the indexes, warm the models and follow the record in the background. Raises ``IndexLocked``."""
        self.own()
        self.indexes.start_following(self.settings.retrieval.catch_up_seconds)
        self.reader.warm()
        self.indexes.wait_until_open(_OPENING_SECONDS)
        self.editions.start()
        self.tracing.start()

    def ready(self) -> dict[str, str]:
        """Component to ``"ok"`` or what is wrong with it; without some of them questions are still answered."""
        return self._health.components()

    def gauges(self) -> "Gauges":
        """Figures of now, for a monitor. Raises ``RecordError``."""
        return self._health.gauges()

    @cached_property
    def _health(self) -> "Health":
        from answer.health import Health

        return Health(self)

    # --- asking ----------------------------------------------------------------------------------------------------

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` live passages, best first. Raises ``InvalidInput``, ``NotFound`` or ``DependencyError``."""
        self.own()
        return self.reader_of(kb).searcher.search(kb, query, k, stage, filter)

    def explain(
        self,
        kb: str,
        query: str,
        k: int,
        stage: SearchStage,
        filter: Filter | None = None,
        *,
        why: str = "",
        visible: Collection[str] | None = None,
    ) -> "Explained":
        """``search`` with how it came about and what became of the passage, document or source that ``why`` names.

        Of other knowledge bases only those that the asker may see are told of (None: all).
        """
        from answer.explain import SearchExplainer

        self.own()
        explainer = SearchExplainer(self.first_stage, self.reader_of(kb).searcher)
        told = self.catalog.kb_names() if visible is None else visible
        return explainer.explain(kb, query, k, stage, filter, why=why, visible=told)

    async def ask(self, question: Question) -> Answer:
        """The whole answer. Raises ``InvalidInput`` or ``NotFound``."""
        self.own()
        reader = self.reader_of(question.kb)
        return await reader.pipeline.ask(question, self.tracing.keep(reader))

    async def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """The answer as it is made, ending with ``Finished``. Raises as ``ask`` does."""
        self.own()
        # Closed here, in this task, when the client goes away; left to the garbage collector it breaks cancel scopes.
        reader = self.reader_of(question.kb)
        async with aclosing(reader.pipeline.stream(question, self.tracing.keep(reader))) as events:
            async for event in events:
                yield event

    def trace(self, trace_id: str) -> Mapping[str, Any]:
        """How an answer came about, as JSON. Raises ``NotFound``."""
        return self.tracing.of(trace_id)

    async def replay(self, trace_id: str, *, with_settings: bool = True) -> "Replay":
        """The question of a trace asked again, and what differs. Raises ``NotFound`` or as ``ask`` does."""
        self.own()
        return await self.tracing.replay(trace_id, self.reader_of, self.explain, with_settings=with_settings)

    async def replay_document(self, document: Mapping[str, Any]) -> "Replay":
        """As ``replay``, of a trace that is kept elsewhere. Raises ``InvalidInput`` or as ``ask`` does."""
        self.own()
        return await self.tracing.replay_document(document, self.reader_of, self.explain)

    # --- filling ---------------------------------------------------------------------------------------------------

    def ingest(
        self, paths: Sequence[Path], kb: str, *, prune: bool = False, watch: "Watch | None" = None
    ) -> "IngestReport":
        """Files into the record. The indexes follow when this process or another owns them.

        What the settings changed of passages or embedder since is brought up in the record first, see
        ``EditionKeeper.bring_up``.
        """
        from ingest.watch import UNWATCHED

        ingestion = self.ingestion_on(kb, self.catalog)
        report = ingestion.run(paths, kb, prune=prune, watch=watch or UNWATCHED)
        self.editions.bring_up(kb)
        return report

    def ingest_documents(self, kb: str, documents: Iterable[Document]) -> None:
        """Ready-made documents into the record and, at once, the indexes."""
        from ingest.direct import put_documents
        from store.token_vectors import StoredTokens

        tokens = self.settings.ingest.token_vectors
        put_documents(
            documents,
            kb,
            catalog=self.catalog,
            embedder=self.embedder,
            settings=self.settings.ingest,
            token_record=StoredTokens(self.catalog, self.embedder.fingerprint) if tokens else None,
        )
        self.own()
        self.editions.bring_up(kb)
        self.indexes.catch_up(kb)

    # --- looking after ---------------------------------------------------------------------------------------------

    def knowledge_bases(self) -> list[str]:
        """Names, in order."""
        return self.catalog.kb_names()

    def has_kb(self, kb: str) -> bool:
        """Whether it is there."""
        return self.catalog.has_kb(kb)

    def kb_counts(self) -> list[KnowledgeBase]:
        """Knowledge bases with their live documents and passages."""
        return self.catalog.knowledge_bases()

    def index_lag(self, kb: str) -> dict[str, int]:
        """Changes of the record that each built index has not seen yet, by arm."""
        return Ledger(self.catalog).lag(kb)

    def delete_kb(self, kb: str) -> None:
        """Forget a knowledge base, its texts and its vectors."""
        self.catalog.delete_kb(kb)

    def source_states(self, kb: str) -> dict[str, SourceState]:
        """What became of every source. Raises ``NotFound``."""
        self.catalog.require_kb(kb)
        return self.catalog.source_states(kb)

    def document_ids(self, kb: str) -> Mapping[str, str]:
        """Document id by source; empty for a knowledge base that does not exist."""
        return self.catalog.document_ids(kb)

    def document(self, document_id: str) -> tuple[Document, list[Chunk]]:
        """A document and its passages. Raises ``NotFound``."""
        document = self.catalog.document(document_id)
        return document, self.catalog.chunks_of(document.kb, document_id)

    def duplicates(self, kb: str) -> "Mapping[str, Sequence[Duplicate]]":
        """The documents that each source repeats, itself not among them: those that say the same, then similar ones."""
        from store.duplicates import Duplicates

        return Duplicates(self.catalog).by_source(kb)

    def delete_documents(self, kb: str, sources: Collection[str]) -> int:
        """Remove sources from the record; they stop answering at once. Raises ``NotFound`` for a knowledge base."""
        self.catalog.require_kb(kb)
        return self.catalog.delete_sources(kb, sources)

    def verify(self, kb: str, *, every: bool = False) -> "tuple[ArmReport, ArmReport]":
        """Compare both indexes with the record, see ``retrieval.verify``. Raises ``NotFound`` or ``IndexLocked``."""
        from retrieval.verify import verify

        self.own()
        return verify(kb, catalog=self.catalog, indexes=self.indexes, every=every)

    def rebuild(self, kb: str) -> None:
        """Build both indexes anew beside the old ones. Raises ``NotFound`` or ``IndexLocked``."""
        self.catalog.require_kb(kb)
        self.own()
        self.indexes.rebuild(kb)
