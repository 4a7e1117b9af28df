"""The composition root: the only file that names concrete classes. The parts of one home, each made at first use.

Nothing is loaded before it is used: listing knowledge bases opens the record and no model.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from answer.caching.redis_link import RedisLink
from answer.index_stores import dense_store, lexical_store
from answer.models.breaker import Breakers
from answer.traces.tracing import Tracing
from core.errors import DependencyMissing, ModelRefused
from core.settings import Settings
from retrieval.lock import IndexLock, Owner
from store.catalog import Catalog

if TYPE_CHECKING:
    from answer.editions import EditionKeeper
    from answer.reader import Reader
    from answer.sentences.extract import ExtractiveAnswerer
    from ingest.ingest_job import Wrap
    from ingest.run import Ingestion
    from retrieval.embedder import SentenceEmbedder
    from retrieval.encoders import EditionEncoders
    from retrieval.indexes import Indexes
    from retrieval.search import Retriever

_COMMAND_SECONDS = 20.0


class Parts:
    """What a home consists of, and who owns its indexes. Thread-safe once started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = IndexLock(settings.home / "indexes")
        self._owns = False
        self._readers: dict[str, Reader] = {}
        self.breakers = Breakers()

    def own(self, *, address: str = "", wait_seconds: float = 0.0) -> None:
        """Become the one process that opens the indexes. Raises ``IndexLocked``."""
        if not self._owns:
            self._lock.acquire(address=address, wait_seconds=wait_seconds)
            self._owns = True
            self.indexes.sweep()

    def owner(self) -> Owner | None:
        """The process that owns the indexes now, as far as it told."""
        return self._lock.owner()

    @property
    def owns(self) -> bool:
        """Whether this process owns the indexes."""
        return self._owns

    def close(self) -> None:
        """Close what was opened and let the next owner in."""
        for name in ("tracing", "editions", "indexes", "redis", "catalog"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()
        if self._owns:
            self._lock.release()
            self._owns = False

    @cached_property
    def catalog(self) -> Catalog:
        """The record."""
        return Catalog.open(self.settings.home, self.settings.record)

    @cached_property
    def redis(self) -> RedisLink | None:
        """What the services of this record share beside it; None where ``redis.url`` is empty."""
        settings = self.settings.redis
        return RedisLink(settings, f"citedesk:{self.catalog.home_id()}") if settings.url.get_secret_value() else None

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
    def packaged_encoder(self) -> "SentenceEmbedder":
        """Whatever retrieval reads with: for what was fitted to its vectors."""
        return self._embedder_of("") if self.settings.retrieval.embedder else self.embedder

    @cached_property
    def extractive(self) -> "ExtractiveAnswerer":
        """Chooses sentences by the packaged encoder, whatever retrieval reads with: its weights were trained on it."""
        from answer.sentences.extract import ExtractiveAnswerer
        from answer.sentences.reader_model import PackagedReader
        from answer.sentences.sentence_judge import Judges, TextJudge
        from retrieval.model_files import find_model

        cache = self.settings.models
        reader = PackagedReader(find_model("", cache), engine=self.settings.retrieval.engine, cache=cache)
        return ExtractiveAnswerer(self.packaged_encoder, Judges(TextJudge(self.packaged_encoder), reader))

    @property
    def passage_recipe(self) -> str:
        """Names everything that decides the passages of a parsed document and their vectors."""
        from ingest.known import cut_name

        return cut_name(self.settings.ingest, self.embedder.fingerprint)
