"""A cross-encoder of the embedder's size on the product's engine beside ``sentence_transformers.CrossEncoder``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from core.settings import RerankSettings
from core.types import FloatArray
from eval.bench.models import OURS, THEIRS, one_window_each
from eval.bench.plain_models import PlainReranker, save_random_reranker
from eval.bench.runs import speeds_json
from eval.bench.turns import Work, milliseconds, take_turns
from eval.sets.dataset import RetrievalSet
from rerank.cross_encoder import CrossEncoderReranker
from retrieval.embedder import SentenceEmbedder
from retrieval.model_files import ENGLISH, find_model

CANDIDATES = (20, 100)
_QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and the passages to be scored for it."""

    question: str
    passages: Sequence[str]


def compare_pairs(
    dataset: RetrievalSet, embedder: SentenceEmbedder, *, cache: Path, scratch: Path, turns: int
) -> dict[str, object]:
    """Milliseconds of a question over 20 and 100 passages, both sides in turns, ready for JSON.

    ``agreement`` is the correlation of both sides' scores. The exported model stays in ``cache``.
    """
    folder = save_random_reranker(scratch / "reranker", find_model(ENGLISH, cache).folder)
    settings = RerankSettings(kind="cross_encoder", model=str(folder))
    ours, theirs = CrossEncoderReranker(settings, cache), PlainReranker(folder)
    texts = one_window_each(dataset, embedder)
    speeds, scores = [], []
    for candidates in CANDIDATES:
        asked = list(islice(_asked(dataset, texts, candidates), _QUESTIONS))
        work: dict[str, Work] = {OURS: partial(_score, ours, asked), THEIRS: partial(_score, theirs, asked)}
        seconds = take_turns(work, turns)
        speeds.append(milliseconds(f"cross-encoder over {candidates} passages", len(asked), seconds))
        scores.append((_score(ours, asked), _score(theirs, asked)))
    measured_on = {"questions a turn": _QUESTIONS, "agreement": round(_agreement(scores), 4)}
    return {"engine": ours.fingerprint.partition("/")[2] or "torch", **speeds_json(turns, measured_on, speeds)}


def _asked(dataset: RetrievalSet, texts: Sequence[str], candidates: int) -> Iterator[Asked]:
    """Small sets give the same passages again."""
    passages = cycle(texts)
    for query in cycle(dataset.queries):
        yield Asked(query.text, list(islice(passages, candidates)))


def _score(reranker: CrossEncoderReranker | PlainReranker, asked: Sequence[Asked]) -> FloatArray:
    return np.concatenate([reranker.log_odds(each.question, each.passages) for each in asked])


def _agreement(scores: Sequence[tuple[FloatArray, FloatArray]]) -> float:
    ours, theirs = (np.concatenate(side) for side in zip(*scores, strict=True))
    return float(np.corrcoef(ours, theirs)[0, 1])
