"""The part of the composition root that depends on the embedder: everything that questions are answered with."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING

from answer.models.breaker import Breakers
from core.ports import Warmable
from core.settings import Settings
from store.catalog import Catalog
from store.document_metadata import DocumentMetadata
from store.token_vectors import StoredTokens

if TYPE_CHECKING:
    from answer.conversation.rewriter import ModelRewriter
    from answer.decision.bars import AllBars
    from answer.decision.calibration_file import Fingerprints
    from answer.models.draft import ModelDrafter
    from answer.pipeline import Pipeline
    from answer.search import FirstStage, Searcher
    from answer.sentences.extract import ExtractiveAnswerer
    from core.ports import Reranker
    from rerank.cross_encoder import CrossEncoderReranker
    from retrieval.embedder import SentenceEmbedder


class Reader:
    """Answers from editions that one embedder reads.

    ``first``, ``extractive`` and ``breakers`` are shared by all readers of a home; the first two are made at first use.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        embedder: "SentenceEmbedder",
        first: "Callable[[], FirstStage]",
        extractive: "Callable[[], ExtractiveAnswerer]",
        breakers: Breakers | None = None,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._embedder = embedder
        self._first = first
        self._extractive = extractive
        self._breakers = breakers or Breakers()

    @property
    def first_stage(self) -> "FirstStage":
        """Candidates from both indexes."""
        return self._first()

    @cached_property
    def searcher(self) -> "Searcher":
        """Retrieve and rerank."""
        return self._searcher_over(self.first_stage)

    def _searcher_over(self, first: "FirstStage") -> "Searcher":
        from answer.search import Searcher

        return Searcher(first, self.reranker, self._settings.rerank)

    @cached_property
    def reranker(self) -> "Reranker":
        """The reranker that the settings name."""
        settings = self._settings.rerank
        if settings.kind == "identity":
            from rerank.identity import IdentityReranker

            return IdentityReranker()
        if settings.kind == "cross_encoder":
            return self._cross_encoder()
        from rerank.late_interaction import LateInteractionReranker

        late = LateInteractionReranker(self._embedder, StoredTokens(self._catalog, self._embedder.fingerprint))
        if settings.kind == "late_interaction":
            return late
        from rerank.cascade import CascadeReranker

        return CascadeReranker(
            late,
            self._cross_encoder(),
            survivors=settings.survivors,
            settle=settings.settle,
            reach=settings.reach,
        )

    def _cross_encoder(self) -> "CrossEncoderReranker":
        from rerank.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(self._settings.rerank, self._settings.models)

    def warm(self) -> None:
        """Load the models that questions need, so that the first one does not wait for them."""
        self._embedder.embed_tokens(["warm"])
        self._embedder.embed_query("warm")
        for part in (self.reranker, self._extractive()):
            if isinstance(part, Warmable):
                part.warm()

    @cached_property
    def fingerprints(self) -> "Fingerprints":
        """Of the models that questions are scored with."""
        from answer.decision.calibration_file import running_fingerprints

        return running_fingerprints(self._embedder.fingerprint, self._settings)

    @cached_property
    def bars(self) -> "AllBars":
        """What answers must pass. Raises ``ModelRefused`` for a named file that does not fit."""
        from answer.decision.calibration_file import bars_of_home

        return bars_of_home(self._settings, self.fingerprints)

    @cached_property
    def model_names(self) -> dict[str, str]:
        """Each model that bears on an answer, or the digest of its weights, by its part."""
        bars = hashlib.sha256(repr(sorted(self.bars.items())).encode()).hexdigest()[:16]
        return {**asdict(self.fingerprints), "bars": bars}

    @cached_property
    def drafters(self) -> "tuple[ModelDrafter, ...]":
        """What drafts answers by the configured models, the first one first; empty without one."""
        from answer.models.drafters import drafters_of

        return drafters_of(self._settings, self._breakers)

    @cached_property
    def rewriter(self) -> "ModelRewriter | None":
        """What rewrites follow-ups by the configured model; None without one."""
        seconds = self._settings.answer.rewrite_seconds
        if not (self._settings.llm.base_url and seconds):
            return None
        from answer.conversation.rewriter import ModelRewriter
        from answer.models.drafters import asked_model

        return ModelRewriter(asked_model(self._settings.llm, self._breakers, with_schema=False), seconds=seconds)

    @cached_property
    def pipeline(self) -> "Pipeline":
        """The way of a question."""
        return self._pipeline(self.searcher, self._settings.answer.threshold)

    def pipeline_over(self, first: "FirstStage", *, bar: bool = True) -> "Pipeline":
        """As ``pipeline``, from other candidates and, without ``bar``, whatever the probability of an answer."""
        return self._pipeline(self._searcher_over(first), self._settings.answer.threshold if bar else 0.0)

    def _pipeline(self, searcher: "Searcher", threshold: float | None) -> "Pipeline":
        from answer.decision.decide import Decider
        from answer.guard.detectors import guard_of
        from answer.pipeline import Pipeline

        return Pipeline(
            searcher=searcher,
            extractive=self._extractive(),
            decider=Decider(threshold=threshold, bars=self.bars),
            models=self.drafters,
            settings=self._settings.answer,
            guard=guard_of(self._settings.guard),
            metadata=DocumentMetadata(self._catalog.engine),
            rewriter=self.rewriter,
        )
