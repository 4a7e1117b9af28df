"""The composition root: the only file that names concrete classes. A ``Desk`` is one home, put together.

Nothing is loaded before it is used: listing knowledge bases opens the record and no model.
"""

import logging
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answer.index_stores import dense_store, lexical_store
from answer.models.breaker import Breakers
from answer.traces.tracing import Tracing
from core.errors import DependencyMissing, ModelRefused
from core.settings import Settings
from core.types import Answer, AnswerEvent, Chunk, Document, Filter, Question, SearchResult, SearchStage
from retrieval.lock import IndexLock, Owner
from store.catalog import Catalog
from store.ledger import Ledger
from store.reading import KnowledgeBase
from store.source_state import SourceState

if TYPE_CHECKING:
    from answer.editions import EditionKeeper
    from answer.health import Gauges, Health
    from answer.reader import Reader
    from answer.sentences.extract import ExtractiveAnswerer
    from answer.traces.replay import Replay
    from core.explanation import Explained
    from ingest.ingest_job import Wrap
    from ingest.report import IngestReport
    from ingest.run import Ingestion
    from ingest.watch import Watch
    from retrieval.embedder import SentenceEmbedder
    from retrieval.encoders import EditionEncoders
    from retrieval.indexes import Indexes
    from retrieval.search import Retriever
    from retrieval.verify import ArmReport
    from store.duplicates import Duplicate

logger = logging.getLogger(__name__)

_COMMAND_SECONDS = 20.0
_OPENING_SECONDS = 10.0


class Desk:
    """Everything behind the service and the command line. Thread-safe once started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = IndexLock(settings.home / "indexes")
        self._owns = False
        self._readers: dict[str, Reader] = {}
        self.breakers = Breakers()

    # --- life ------------------------------------------------------------------------------------------------------

    def own(self, *, address: str = "", wait_seconds: float = 0.0) -> None:
        """Become the one process that opens the indexes. Raises ``IndexLocked``."""
        if not self._owns:
            self._lock.acquire(address=address, wait_seconds=wait_seconds)
            self._owns = True
            self.indexes.sweep()

    def owner(self) -> Owner | None:
        """The process that owns the indexes now, as far as it told."""
        return self._lock.owner()

    def start(self) -> None:
        """Own the indexes, warm the models and follow the record in the background. Raises ``IndexLocked``."""
        self.own()
        self.indexes.start_following(self.settings.retrieval.catch_up_seconds)
        self.reader.warm()
        self.indexes.wait_until_open(_OPENING_SECONDS)
        self.editions.start()
        self.tracing.start()

    def close(self) -> None:
        """Close what was opened and let the next owner in."""
        for name in ("tracing", "editions", "indexes", "catalog"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        if self._owns:
            self._lock.release()
            self._owns = False

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

    @property
    def owns(self) -> bool:
        """Whether this process owns the indexes."""
        return self._owns

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

    # --- filling ---------------------------------------------------------------------------------------------------

    def ingest(
        self,
        paths: Sequence[Path],
        kb: str,
        *,
        prune: bool = False,
        workers: int | None = None,
        watch: "Watch | None" = None,
    ) -> "IngestReport":
        """Files into the record. The indexes follow when this process or another owns them.

        What the settings changed of passages or embedder since is brought up in the record first, see
        ``EditionKeeper.bring_up``.
        """
        from ingest.watch import UNWATCHED

        ingestion = self.ingestion_on(kb, self.catalog)
        report = ingestion.run(paths, kb, prune=prune, workers=workers, watch=watch or UNWATCHED)
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

    @property
    def passage_recipe(self) -> str:
        """Names everything that decides the passages of a parsed document and their vectors."""
        from ingest.known import cut_name

        return cut_name(self.settings.ingest, self.embedder.fingerprint)

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

    # --- parts -----------------------------------------------------------------------------------------------------

    @cached_property
    def catalog(self) -> Catalog:
        """The record."""
        return Catalog.open(self.settings.home, self.settings.record)

    @cached_property
    def tracing(self) -> Tracing:
        """How answers came about."""
        return Tracing(self.settings, lambda: self.catalog)

    @cached_property
    def embedder(self) -> "SentenceEmbedder":
        """One embedder for passages, questions and token vectors."""
        return self._embedder_of(self.settings.retrieval.embedder)

    def _embedder_of(self, model: str) -> "SentenceEmbedder":
        from retrieval.embedder import SentenceEmbedder

        return SentenceEmbedder(model, engine=self.settings.retrieval.engine, cache=self.settings.models)

    @cached_property
    def encoders(self) -> "EditionEncoders":
        """The embedder of every edition."""
        from ingest.known import cut_name, cut_settings
        from retrieval.encoders import EditionEncoders

        ingest = self.settings.ingest
        return EditionEncoders(
            self.settings.retrieval,
            self.settings.models,
            self.embedder,
            cut=lambda: cut_name(ingest, self.embedder.vocabulary),
            passages=cut_settings(ingest),
        )

    @cached_property
    def editions(self) -> "EditionKeeper":
        """What changes the editions of knowledge bases."""
        from answer.editions import EditionKeeper

        return EditionKeeper(self.settings, self.catalog, self.encoders, self._owned_indexes)

    def _owned_indexes(self) -> "Indexes":
        owner = self.owner()
        # A command holds them for a moment, a service for long.
        self.own(wait_seconds=0.0 if owner and owner.address else _COMMAND_SECONDS)
        return self.indexes

    def ingestion_on(self, kb: str, catalog: Catalog, wrap: "Wrap | None" = None) -> "Ingestion":
        """The batch run over files into one knowledge base, as its edition wants it. A job does it under its lease
        (``catalog``) and stops where it is told to (``wrap``)."""
        from ingest.known import cut_name
        from ingest.run import Ingestion
        from ingest.token_count import counter_name
        from store.duplicates import Duplicates
        from store.token_vectors import StoredTokens

        plan = self.editions.plan(kb)
        encoder = plan.encoder if wrap is None else wrap(plan.encoder)
        tokens = StoredTokens(catalog, encoder.fingerprint) if plan.settings.token_vectors else None
        record = catalog.taking(cut_name(plan.settings, counter_name(encoder)))
        return Ingestion(record, encoder, plan.settings, tokens, Duplicates(catalog))

    @cached_property
    def indexes(self) -> "Indexes":
        """Both indexes of every knowledge base."""
        from retrieval.indexes import Indexes

        folder, settings = self.settings.home / "indexes", self.settings.retrieval
        return Indexes(
            catalog=self.catalog,
            encoders=self.encoders,
            dense=dense_store(settings, folder, self.catalog),
            lexical=lexical_store(settings, folder),
            embed_batch=self.settings.ingest.embed_batch,
        )

    @cached_property
    def reader(self) -> "Reader":
        """What questions are answered with, by the settings' embedder."""
        return self._reader_with(self.embedder)

    def _reader_with(self, embedder: "SentenceEmbedder") -> "Reader":
        from answer.reader import Reader

        return Reader(
            self.settings, self.catalog, embedder, lambda: self.first_stage, lambda: self.extractive, self.breakers
        )

    def reader_of(self, kb: str) -> "Reader":
        """The one whose embedder reads the edition that answers; where that is gone, the settings' one."""
        edition = self.indexes.answering(kb)
        try:
            embedder = self.embedder if edition is None else self.encoders.of(edition.recipe)
        except (DependencyMissing, ModelRefused):
            embedder = self.embedder
        if embedder is self.embedder:
            return self.reader
        return self._readers.setdefault(embedder.fingerprint, self._reader_with(embedder))

    @cached_property
    def first_stage(self) -> "Retriever":
        """Candidates from both indexes."""
        from retrieval.search import Retriever

        return Retriever(catalog=self.catalog, indexes=self.indexes, settings=self.settings.retrieval)

    @cached_property
    def extractive(self) -> "ExtractiveAnswerer":
        """Chooses sentences by the packaged encoder, whatever retrieval reads with: its weights were trained on it."""
        from answer.sentences.extract import ExtractiveAnswerer
        from answer.sentences.sentence_judge import TextJudge

        encoder = self._embedder_of("") if self.settings.retrieval.embedder else self.embedder
        return ExtractiveAnswerer(encoder, TextJudge(encoder))
