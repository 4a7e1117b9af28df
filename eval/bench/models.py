"""The product's engines beside sentence-transformers on torch in float32, both in one run, on the same weights.

The sides take turns, so that a busy machine slows both; figures are medians of the turns. Start and memory are those of
fresh processes (Linux).
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol, TypeVar

import numpy as np

from core.types import FloatArray
from eval.bench.plain_models import PlainEmbedder
from eval.runs.measures import measure_run
from eval.sets.dataset import RetrievalSet
from retrieval.embedder import SentenceEmbedder, split_windows
from retrieval.model_files import find_model
from retrieval.token_counter import load_tokenizer

OURS, THEIRS = "citedesk", "sentence-transformers"
_DEPTH = 100  # documents ranked per query
_QUERIES = 40  # timed per turn
_WINDOW = 250  # tokens: both sides read all of a text, neither in parts nor cut

# VmHWM and not ru_maxrss: the latter starts at the size of the process that forked.
_FRESH = """
import json, re, sys, time
start = time.perf_counter()
from pathlib import Path
side, model, cache = sys.argv[1:]
passages = json.load(sys.stdin)
if side == "citedesk":
    from retrieval.embedder import SentenceEmbedder
    embedder = SentenceEmbedder(model, cache=Path(cache))
else:
    from eval.bench.plain_models import PlainEmbedder
    from retrieval.model_files import find_model
    embedder = PlainEmbedder(find_model(model, Path(cache)).folder)
embedder.embed_query("How do I reset my password?")
seconds = time.perf_counter() - start
embedder.embed_passages(passages)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(json.dumps({"first_query_s": round(seconds, 3), "peak_mb": round(peak / 1024, 1)}))
"""

Input = TypeVar("Input")


class Reads(Protocol):
    """What is timed of an embedder."""

    def embed_passages(self, texts: Sequence[str]) -> FloatArray: ...  # noqa: D102
    def embed_query(self, text: str) -> FloatArray: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One side: medians of the turns, figures of a fresh process, mean nDCG@10 of exact search (None: not searched)."""

    passages_per_s: float
    query_ms: float
    first_query_s: float
    peak_mb: float
    ndcg_at_10: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``engine`` is the product's on this machine; ``ratios`` are ours over theirs, turn by turn and then the median.

    ``mean_cosine`` is between both sides' passages.
    """

    dataset: str
    engine: str
    turns: int
    timed_passages: int
    documents: int
    queries: int
    sides: Mapping[str, Figures]
    ratios: Mapping[str, float]
    mean_cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Passages per second and milliseconds per query (the median of a turn's queries), one entry per turn."""

    passages_per_s: tuple[float, ...]
    query_ms: tuple[float, ...]


def compare(
    dataset: RetrievalSet, *, cache: Path, timed: int, turns: int, search: bool = True, model: str = ""
) -> Comparison:
    """Both sides on one set: the first ``timed`` documents are timed, and with ``search`` all are searched."""
    ours = SentenceEmbedder(model, cache=cache)
    sides: dict[str, Reads] = {OURS: ours, THEIRS: PlainEmbedder(find_model(model, cache).folder)}
    texts = one_window_each(dataset, ours)[: None if search else timed]
    speeds = take_turns(sides, texts[:timed], [query.text for query in dataset.queries[:_QUERIES]], turns)
    vectors = {side: embedder.embed_passages(texts) for side, embedder in sides.items()}
    found = {
        side: Figures(
            passages_per_s=round(median(speeds[side].passages_per_s), 1),
            query_ms=round(median(speeds[side].query_ms), 2),
            ndcg_at_10=round(dense_ndcg(embedder, vectors[side], dataset), 4) if search else None,
            **_fresh(side, model, cache, texts[:timed]),
        )
        for side, embedder in sides.items()
    }
    memory = {"peak_mb": round(found[OURS].peak_mb / found[THEIRS].peak_mb, 2)}
    return Comparison(
        dataset=dataset.name,
        engine=_engine(ours.fingerprint),
        turns=turns,
        timed_passages=len(texts[:timed]),
        documents=len(texts),
        queries=len(dataset.queries),
        sides=found,
        ratios={**_ratios(speeds), **memory},
        mean_cosine=round(float((vectors[OURS] * vectors[THEIRS]).sum(axis=1).mean()), 5),
    )


def one_window_each(dataset: RetrievalSet, embedder: SentenceEmbedder) -> list[str]:
    """The beginning of each document, as much of it as the model reads at once."""
    tokenizer = load_tokenizer(embedder.token_counter.path)
    texts = [f"{document.title}\n{document.text}".strip() for document in dataset.documents]
    return [split_windows(text, tokenizer, _WINDOW)[0] for text in texts]


def take_turns(
    sides: Mapping[str, Reads], passages: Sequence[str], queries: Sequence[str], turns: int
) -> dict[str, Turns]:
    """Each side once per turn, one after the other, after one warm-up that loads the models."""
    for embedder in sides.values():
        embedder.embed_passages(passages[:4])
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for turn in range(turns):
        for side, embedder in sides.items():
            rate = len(passages) / _seconds(embedder.embed_passages, passages)
            # Never the same twice: a question that was read lately is not read again.
            asked = [f"{query} {turn}" for query in queries]
            found[side].append((rate, 1_000 * median(_seconds(embedder.embed_query, query) for query in asked)))
    return {
        side: Turns(passages_per_s=tuple(rate for rate, _ in each), query_ms=tuple(ms for _, ms in each))
        for side, each in found.items()
    }


def dense_ndcg(embedder: Reads, vectors: FloatArray, dataset: RetrievalSet) -> float:
    """Mean nDCG@10 of exact search by cosine over ``vectors``, one row per document of the set."""
    run = {}
    for query in dataset.queries:
        cosines = vectors @ embedder.embed_query(query.text)
        best = np.argsort(-cosines, kind="stable")[:_DEPTH]
        run[query.id] = [(dataset.documents[at].id, float(cosines[at])) for at in best]
    return measure_run(run, dataset.qrels).mean("nDCG@10")


def _engine(fingerprint: str) -> str:
    """``bf16-1`` or ``int8-1``; torch adds nothing to a fingerprint."""
    return fingerprint.rpartition("/")[2] if fingerprint.count("/") > 1 else "torch"


def _seconds(work: Callable[[Input], object], argument: Input) -> float:
    start = time.perf_counter()
    work(argument)
    return time.perf_counter() - start


def _ratios(speeds: Mapping[str, Turns]) -> dict[str, float]:
    ours, theirs = speeds[OURS], speeds[THEIRS]
    return {
        "passages_per_s": round(_median_ratio(ours.passages_per_s, theirs.passages_per_s), 2),
        "query_ms": round(_median_ratio(ours.query_ms, theirs.query_ms), 2),
    }


def _median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def _fresh(side: str, model: str, cache: Path, passages: Sequence[str]) -> dict[str, float]:
    command = [sys.executable, "-c", _FRESH, side, model, str(cache.absolute())]
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603  # our own code in our own interpreter
        command, cwd=root, input=json.dumps(list(passages)), capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
