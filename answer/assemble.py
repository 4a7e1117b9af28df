"""The composition root: the only file that names concrete classes. A ``Desk`` is one home, put together.

Nothing is loaded before it is used: listing knowledge bases opens the record and no model.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CitedeskError
from core.settings import Settings
from core.types import Answer, AnswerEvent, Chunk, Document, Question, SearchResult, SearchStage
from retrieval.lock import IndexLock, Owner
from store.catalog import Catalog, KnowledgeBase
from store.ledger import Ledger
from store.source_state import SourceState

if TYPE_CHECKING:
    from answer.bars import AllBars
    from answer.calibration_file import Fingerprints
    from answer.extract import ExtractiveAnswerer
    from answer.pipeline import Pipeline
    from answer.search import Searcher
    from core.ports import Reranker
    from ingest.report import FileResult, IngestReport
    from ingest.run import Ingestion
    from retrieval.embedder import SentenceEmbedder
    from retrieval.indexes import Indexes, IndexStore
    from retrieval.verify import ArmReport
    from store.token_vectors import StoredTokens

logger = logging.getLogger(__name__)


class Desk:
    """Everything behind the service and the command line. Thread-safe once started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = IndexLock(settings.home / "indexes")
        self._owns = False

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
        for kb in self.catalog.kb_names():
            self.indexes.catch_up(kb)
        self.embedder.embed_tokens(["warm"])
        self.embedder.embed_query("warm")
        self.indexes.start_following(self.settings.retrieval.catch_up_seconds)

    def close(self) -> None:
        """Close what was opened and let the next owner in."""
        for name in ("indexes", "catalog"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        if self._owns:
            self._lock.release()
            self._owns = False

    def ready(self) -> dict[str, str]:
        """Component to ``"ok"`` or what is wrong with it."""
        checks: dict[str, Callable[[], object]] = {
            "record": self.catalog.kb_names,
            "indexes": self._check_indexes,
            "embedder": lambda: self.embedder.embed_query("ready"),
            "calibration": lambda: self.bars,
        }
        return {name: _verdict(check) for name, check in checks.items()}

    def _check_indexes(self) -> None:
        if not self._owns:
            raise CitedeskError("not owned by this process")
        behind = {kb: lag for kb, lag in self.indexes.lag().items() if lag > 10_000}
        if behind:
            raise CitedeskError(f"changes not indexed yet: {behind}")

    # --- asking ----------------------------------------------------------------------------------------------------

    def search(self, kb: str, query: str, k: int, stage: SearchStage) -> SearchResult:
        """At most ``k`` live passages, best first. Raises ``InvalidInput``, ``NotFound`` or ``DependencyError``."""
        self.own()
        return self.searcher.search(kb, query, k, stage)

    async def ask(self, question: Question) -> Answer:
        """The whole answer. Raises ``InvalidInput`` or ``NotFound``."""
        self.own()
        return await self.pipeline.ask(question)

    async def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """The answer as it is made, ending with ``Finished``. Raises as ``ask`` does."""
        self.own()
        # Closed here, in this task, when the client goes away; left to the garbage collector it breaks cancel scopes.
        async with aclosing(self.pipeline.stream(question)) as events:
            async for event in events:
                yield event

    # --- filling ---------------------------------------------------------------------------------------------------

    def ingest(
        self,
        paths: Sequence[Path],
        kb: str,
        *,
        prune: bool = False,
        workers: int | None = None,
        progress: "Callable[[FileResult], None] | None" = None,
    ) -> "IngestReport":
        """Files into the record. The indexes follow when this process or another owns them."""
        return self.ingestion.run(paths, kb, prune=prune, workers=workers, progress=progress or (lambda _: None))

    def ingest_documents(self, kb: str, documents: Iterable[Document]) -> None:
        """Ready-made documents into the record and, at once, the indexes."""
        from ingest.direct import put_documents

        put_documents(
            documents,
            kb,
            catalog=self.catalog,
            embedder=self.embedder,
            settings=self.settings.ingest,
            token_record=self._token_record,
        )
        self.own()
        self.indexes.catch_up(kb)

    # --- looking after ---------------------------------------------------------------------------------------------

    @property
    def passage_recipe(self) -> str:
        """Names everything that decides the passages of a document and their vectors."""
        from ingest.known import pipeline_name

        return pipeline_name(self.settings.ingest, self.embedder.fingerprint)

    def knowledge_bases(self) -> list[str]:
        """Names, in order."""
        return self.catalog.kb_names()

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

    def delete_documents(self, kb: str, sources: Collection[str]) -> int:
        """Remove sources from the record; they stop answering at once. Raises ``NotFound`` for a knowledge base."""
        self.catalog.require_kb(kb)
        return self.catalog.delete_sources(kb, sources)

    def verify(self, kb: str) -> "tuple[ArmReport, ArmReport]":
        """Compare both indexes with the record. Raises ``NotFound`` or ``IndexLocked``."""
        from retrieval.verify import verify

        self.own()
        return verify(kb, catalog=self.catalog, indexes=self.indexes, embedder=self.embedder)

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
    def embedder(self) -> "SentenceEmbedder":
        """One embedder for passages, questions and token vectors."""
        return self._embedder_of(self.settings.retrieval.embedder)

    def _embedder_of(self, model: str) -> "SentenceEmbedder":
        from retrieval.embedder import SentenceEmbedder

        settings = self.settings.retrieval
        cache = settings.model_cache or self.settings.home / "models"
        return SentenceEmbedder(model, engine=settings.engine, cache=cache)

    @cached_property
    def _stored_tokens(self) -> "StoredTokens":
        from store.token_vectors import StoredTokens

        return StoredTokens(self.catalog, self.embedder.fingerprint)

    @property
    def _token_record(self) -> "StoredTokens | None":
        """Where ingestion puts token vectors; None where the settings want none."""
        return self._stored_tokens if self.settings.ingest.token_vectors else None

    @cached_property
    def ingestion(self) -> "Ingestion":
        """The batch run over files."""
        from ingest.run import Ingestion

        return Ingestion(self.catalog, self.embedder, self.settings.ingest, self._token_record)

    @cached_property
    def indexes(self) -> "Indexes":
        """Both indexes of every knowledge base."""
        from retrieval.chroma_index import ChromaStore
        from retrieval.indexes import Indexes

        folder = self.settings.home / "indexes"
        return Indexes(
            catalog=self.catalog,
            embedder=self.embedder,
            dense=ChromaStore(folder / "chroma", self.embedder.fingerprint),
            lexical=self._lexical_store(folder),
            embed_batch=self.settings.ingest.embed_batch,
        )

    def _lexical_store(self, folder: Path) -> "IndexStore":
        if self.settings.retrieval.lexical_backend == "rank_bm25":
            from retrieval.bm25_index import Bm25Store

            return Bm25Store()
        from retrieval.tantivy_index import TantivyStore

        return TantivyStore(folder / "tantivy")

    @cached_property
    def searcher(self) -> "Searcher":
        """Retrieve and rerank."""
        from answer.search import Searcher
        from retrieval.search import Retriever

        retriever = Retriever(
            catalog=self.catalog, indexes=self.indexes, embedder=self.embedder, settings=self.settings.retrieval
        )
        return Searcher(retriever, self.reranker, self.settings.rerank)

    @cached_property
    def reranker(self) -> "Reranker":
        """The reranker that the settings name."""
        settings = self.settings.rerank
        if settings.kind == "cross_encoder":
            from rerank.cross_encoder import CrossEncoderReranker

            return CrossEncoderReranker(settings.model, batch=settings.batch)
        if settings.kind == "identity":
            from rerank.identity import IdentityReranker

            return IdentityReranker()
        from rerank.late_interaction import LateInteractionReranker

        return LateInteractionReranker(self.embedder, self._stored_tokens)

    @cached_property
    def fingerprints(self) -> "Fingerprints":
        """Of the models that questions are scored with."""
        from answer.calibration_file import running_fingerprints

        return running_fingerprints(self.embedder.fingerprint, self.settings)

    @cached_property
    def bars(self) -> "AllBars":
        """What answers must pass in this home. Raises ``ModelRefused`` for a named file that does not fit."""
        from answer.calibration_file import bars_of_home

        return bars_of_home(self.settings, self.fingerprints)

    @cached_property
    def extractive(self) -> "ExtractiveAnswerer":
        """Chooses sentences by the packaged encoder, whatever retrieval reads with: its weights were trained on it."""
        from answer.extract import ExtractiveAnswerer
        from answer.sentence_judge import TextJudge

        encoder = self._embedder_of("") if self.settings.retrieval.embedder else self.embedder
        return ExtractiveAnswerer(encoder, TextJudge(encoder))

    @cached_property
    def pipeline(self) -> "Pipeline":
        """The way of a question."""
        from answer.decide import Decider
        from answer.draft import ModelDrafter
        from answer.pipeline import Pipeline

        model = None
        if self.settings.llm.base_url:
            from answer.chat_model import ChatModel

            model = ModelDrafter(ChatModel(self.settings.llm))
        return Pipeline(
            searcher=self.searcher,
            extractive=self.extractive,
            decider=Decider(threshold=self.settings.answer.threshold, bars=self.bars),
            model=model,
            settings=self.settings.answer,
        )


def _verdict(check: Callable[[], object]) -> str:
    try:
        check()
    except CitedeskError as error:
        return str(error)
    return "ok"
