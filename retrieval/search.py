"""A question becomes hits: both arms, joined with the live record, fused."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import perf_counter

from core.errors import DependencyError
from core.ports import Embedder, ScoredId
from core.settings import RetrievalSettings
from core.types import Chunk, FloatArray, Hit, SearchResult, SearchStage, Stage
from retrieval.fusion import competence, fuse
from retrieval.indexes import Indexes
from store.catalog import Catalog

logger = logging.getLogger(__name__)

# An index may lag behind the record: each round asks for twice as many until enough live passages come.
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class _Arm:
    """What one index found that is live: raw scores by id, with their passages, and the question's vector if any."""

    scores: Mapping[str, float]
    chunks: Mapping[str, Chunk]
    vector: FloatArray | None = None


_NOTHING = _Arm({}, {})


class Retriever:
    """Searches one home. Thread-safe."""

    def __init__(self, *, catalog: Catalog, indexes: Indexes, embedder: Embedder, settings: RetrievalSettings) -> None:
        self._catalog = catalog
        self._indexes = indexes
        self._embedder = embedder
        self._settings = settings
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="search-arm")

    def search(self, kb: str, query: str, k: int, stage: SearchStage) -> SearchResult:
        """At most ``k`` live passages by the lexical arm, the dense arm or both (``hybrid``; ``rerank`` the same).

        An arm that fails is named in ``degraded`` and done without; when no arm is left its error is raised.
        """
        self._catalog.require_kb(kb)
        started = perf_counter()
        wanted = max(k, self._settings.candidates)
        arms: dict[Stage, Callable[[], _Arm]] = {}
        if stage is not SearchStage.DENSE:
            arms[Stage.LEXICAL] = lambda: self._lexical(kb, query, wanted)
        if stage is not SearchStage.LEXICAL:
            arms[Stage.DENSE] = lambda: self._dense(kb, query, wanted)
        found, degraded = self._run(arms)
        hits = self._combine(kb, query, found, stage)
        elapsed = 1000 * (perf_counter() - started)
        return SearchResult(hits=tuple(hits[:k]), degraded=degraded, timings_ms={"retrieve": elapsed})

    def _run(self, arms: Mapping[Stage, Callable[[], _Arm]]) -> tuple[dict[Stage, _Arm], tuple[str, ...]]:
        futures = {stage: self._pool.submit(arm) for stage, arm in arms.items()}
        found: dict[Stage, _Arm] = {}
        failed: dict[Stage, DependencyError] = {}
        for stage, future in futures.items():
            try:
                found[stage] = future.result()
            except DependencyError as error:
                logger.warning("the %s arm is down: %s", stage.value, error)
                failed[stage] = error
        if not found:
            raise next(iter(failed.values()))
        return found, tuple(stage.value for stage in failed)

    def _lexical(self, kb: str, query: str, wanted: int) -> _Arm:
        index = self._indexes.lexical(kb)
        return self._live(kb, wanted, lambda n: index.search(query, n))

    def _dense(self, kb: str, query: str, wanted: int) -> _Arm:
        index = self._indexes.dense(kb)
        vector = self._embedder.embed_query(query)
        return replace(self._live(kb, wanted, lambda n: index.search(vector, n)), vector=vector)

    def _live(self, kb: str, wanted: int, search: Callable[[int], Sequence[ScoredId]]) -> _Arm:
        """The first ``wanted`` live passages, asking for more until they are found or the index has no more."""
        n = wanted
        for _ in range(_ROUNDS):
            found = search(n)
            chunks = self._catalog.live_chunks(kb, [hit.chunk_id for hit in found])
            if len(chunks) >= wanted or len(found) < n:
                break
            n *= 2
        live = [hit for hit in found if hit.chunk_id in chunks][:wanted]
        return _Arm({hit.chunk_id: hit.score for hit in live}, chunks)

    def _combine(self, kb: str, query: str, found: Mapping[Stage, _Arm], stage: SearchStage) -> list[Hit]:
        lexical, dense = found.get(Stage.LEXICAL, _NOTHING), found.get(Stage.DENSE, _NOTHING)
        if len(found) == 1:
            only = next(iter(found))
            fused, label = dict(found[only].scores), only
        else:
            dense = self._with_exact_cosines(kb, lexical, dense)
            fused, label = fuse(lexical.scores, dense.scores, self._dense_weight(query, lexical, dense)), Stage.FUSED
        chunks = {**dense.chunks, **lexical.chunks}
        order = sorted(fused, key=lambda i: (-fused[i], i))
        by_stage = {Stage.LEXICAL: lexical.scores, Stage.DENSE: dense.scores}
        return [
            Hit(
                chunk=chunks[i],
                score=fused[i],
                stage=label,
                scores={arm: scores[i] for arm, scores in by_stage.items() if i in scores},
            )
            for i in order
        ]

    def _with_exact_cosines(self, kb: str, lexical: _Arm, dense: _Arm) -> _Arm:
        """The dense arm with the cosines of passages that only the lexical arm found, from the stored vectors."""
        if dense.vector is None:
            return dense
        missing = [i for i in lexical.scores if i not in dense.scores]
        vectors = self._catalog.chunk_vectors(kb, self._embedder.fingerprint, missing)
        exact = {i: float(dense.vector @ vector) for i, vector in vectors.items()}
        return replace(dense, scores={**dense.scores, **exact})

    def _dense_weight(self, query: str, lexical: _Arm, dense: _Arm) -> float:
        """How far to trust the dense arm here: the embedder must read both the question and the passages."""
        first = [*lexical.chunks.values()][:5] or [*dense.chunks.values()][:5]
        passages = " ".join(chunk.text[:200] for chunk in first)
        readable = min(self._embedder.legibility(query), self._embedder.legibility(passages))
        return self._settings.dense_weight * competence(readable)
