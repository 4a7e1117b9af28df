"""What a cross-encoder's scores mean: the curve from its log-odds to the share of candidates that answer.

Candidates are what words find in a judged set, as a reranker meets them; a candidate without a judgement counts as one
that does not answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.ports import IndexEntry
from core.settings import RerankSettings
from core.types import FloatArray
from eval.sets.dataset import RetrievalSet
from rerank.calibration import Platt, fit_platt, save_calibration
from rerank.cross_encoder import CrossEncoderReranker
from retrieval.bm25_index import RankBm25Index

CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The curve, where it was written, and what it was fitted on; log losses are in nats, means over candidates."""

    curve: Platt
    path: Path
    figures: Mapping[str, float | str]


def calibrate_reranker(
    settings: RerankSettings,
    cache: Path,
    dataset: RetrievalSet,
    *,
    questions: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Calibrated:
    """Fit on the set's first ``questions`` and keep the curve in ``cache``. Raises what reading the model raises, and
    ``InvalidInput`` where the set cannot tell."""
    reranker = CrossEncoderReranker(settings, cache)
    odds, relevant = _judged(reranker, dataset, questions, progress)
    curve = fit_platt(odds, relevant)
    figures: dict[str, float | str] = {
        "set": dataset.name,
        "candidates": len(odds),
        "relevant": int(relevant.sum()),
        "log_loss_before": round(_log_loss(Platt(), odds, relevant), 4),
        "log_loss": round(_log_loss(curve, odds, relevant), 4),
    }
    return Calibrated(curve=curve, path=save_calibration(cache, reranker.digest, curve, figures), figures=figures)


def _judged(
    reranker: CrossEncoderReranker, dataset: RetrievalSet, questions: int, progress: Callable[[int, int], None]
) -> tuple[FloatArray, FloatArray]:
    """Log-odds and relevance, 0 or 1, of every candidate of every question."""
    texts = {each.id: f"{each.title}\n{each.text}" for each in dataset.documents}
    index = RankBm25Index()
    nothing = np.zeros(0, dtype=np.float32)  # a lexical index looks at the text only
    index.apply([IndexEntry(chunk_id=id_, text=text, vector=nothing) for id_, text in texts.items()], [])
    asked = dataset.queries[:questions]
    odds: list[FloatArray] = []
    relevant: list[float] = []
    for done, query in enumerate(asked, start=1):
        found = [hit.chunk_id for hit in index.search(query.text, CANDIDATES)]
        if found:
            odds.append(reranker.log_odds(query.text, [texts[id_] for id_ in found]))
            relevant += [float(dataset.qrels[query.id].get(id_, 0) > 0) for id_ in found]
        progress(done, len(asked))
    return np.concatenate([*odds, np.zeros(0, dtype=np.float32)]), np.array(relevant, dtype=np.float32)


def _log_loss(curve: Platt, odds: FloatArray, relevant: FloatArray) -> float:
    held = np.clip(curve.probability(odds).astype(np.float64), 1e-7, 1 - 1e-7)
    return float(-np.where(relevant > 0, np.log(held), np.log(1 - held)).mean())
