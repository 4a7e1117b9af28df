"""The part of the composition root that depends on the embedder: everything that questions are answered with."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from core.settings import Settings
from store.catalog import Catalog
from store.token_vectors import StoredTokens

if TYPE_CHECKING:
    from answer.bars import AllBars
    from answer.calibration_file import Fingerprints
    from answer.draft import ModelDrafter
    from answer.extract import ExtractiveAnswerer
    from answer.pipeline import Pipeline
    from answer.search import FirstStage, Searcher
    from core.ports import Reranker
    from retrieval.embedder import SentenceEmbedder


class Reader:
    """Answers from editions that one embedder reads. ``first`` and ``extractive`` are shared by all readers of a home,
    and made at first use."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        embedder: "SentenceEmbedder",
        first: "Callable[[], FirstStage]",
        extractive: "Callable[[], ExtractiveAnswerer]",
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._embedder = embedder
        self._first = first
        self._extractive = extractive

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
        if settings.kind == "cross_encoder":
            from rerank.cross_encoder import CrossEncoderReranker

            return CrossEncoderReranker(settings.model, batch=settings.batch)
        if settings.kind == "identity":
            from rerank.identity import IdentityReranker

            return IdentityReranker()
        from rerank.late_interaction import LateInteractionReranker

        return LateInteractionReranker(self._embedder, StoredTokens(self._catalog, self._embedder.fingerprint))

    @cached_property
    def fingerprints(self) -> "Fingerprints":
        """Of the models that questions are scored with."""
        from answer.calibration_file import running_fingerprints

        return running_fingerprints(self._embedder.fingerprint, self._settings)

    @cached_property
    def bars(self) -> "AllBars":
        """What answers must pass. Raises ``ModelRefused`` for a named file that does not fit."""
        from answer.calibration_file import bars_of_home

        return bars_of_home(self._settings, self.fingerprints)

    @cached_property
    def drafter(self) -> "ModelDrafter | None":
        """What drafts answers by the configured model; None without one."""
        if not self._settings.llm.base_url:
            return None
        from answer.chat_model import ChatModel
        from answer.draft import ModelDrafter

        return ModelDrafter(ChatModel(self._settings.llm))

    @cached_property
    def pipeline(self) -> "Pipeline":
        """The way of a question."""
        return self._pipeline(self.searcher, self._settings.answer.threshold)

    def pipeline_over(self, first: "FirstStage", *, bar: bool = True) -> "Pipeline":
        """As ``pipeline``, from other candidates and, without ``bar``, whatever the probability of an answer."""
        return self._pipeline(self._searcher_over(first), self._settings.answer.threshold if bar else 0.0)

    def _pipeline(self, searcher: "Searcher", threshold: float | None) -> "Pipeline":
        from answer.decide import Decider
        from answer.guard.detectors import guard_of
        from answer.pipeline import Pipeline

        return Pipeline(
            searcher=searcher,
            extractive=self._extractive(),
            decider=Decider(threshold=threshold, bars=self.bars),
            model=self.drafter,
            settings=self._settings.answer,
            guard=guard_of(self._settings.guard),
        )
