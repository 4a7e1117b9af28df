"""int8 on onnxruntime against float32 on torch, both in one run: ``python -m eval.bench.models --set FOLDER``.

``FOLDER`` is a judged set in the BEIR layout. The engines take turns, so that a busy machine slows both; figures are
medians of the turns. Start and memory are those of fresh processes (Linux). JSON goes to stdout, a table to stderr.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from core.types import FloatArray
from eval.runs.measures import measure_run
from eval.sets.dataset import RetrievalSet, load_dataset
from retrieval.embedder import SentenceEmbedder

Side: TypeAlias = Literal["onnx", "torch"]
Embedders: TypeAlias = Mapping[Side, SentenceEmbedder]
SIDES: tuple[Side, ...] = ("onnx", "torch")
_DEPTH = 100  # documents ranked per query
_QUERIES = 40  # timed per turn

# VmHWM and not ru_maxrss: the latter starts at the size of the process that forked.
_FRESH = """
import json, re, sys, time
start = time.perf_counter()
from pathlib import Path
from retrieval.embedder import SentenceEmbedder
engine, model, cache = sys.argv[1:]
passages = json.load(sys.stdin)
embedder = SentenceEmbedder(model, engine=engine, cache=Path(cache))
embedder.embed_query("How do I reset my password?")
seconds = time.perf_counter() - start
embedder.embed_passages(passages)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(json.dumps({"first_query_s": round(seconds, 3), "peak_mb": round(peak / 1024, 1)}))
"""

Input = TypeVar("Input")


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
    """``ratios`` are onnx over torch, turn by turn and then the median; ``mean_cosine`` is between their passages."""

    dataset: str
    timed_passages: int
    documents: int
    queries: int
    sides: Mapping[Side, Figures]
    ratios: Mapping[str, float]
    mean_cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Passages per second and milliseconds per query (the median of a turn's queries), one entry per turn."""

    passages_per_s: tuple[float, ...]
    query_ms: tuple[float, ...]


def compare(
    dataset: RetrievalSet, *, model: str, cache: Path, timed: int, turns: int, search: bool = True
) -> Comparison:
    """Both engines on one set: the first ``timed`` documents are timed, and with ``search`` all are searched."""
    texts = [f"{document.title}\n{document.text}".strip() for document in dataset.documents]
    texts = texts if search else texts[:timed]
    embedders: Embedders = {side: SentenceEmbedder(model, engine=side, cache=cache) for side in SIDES}
    speeds = take_turns(embedders, texts[:timed], [query.text for query in dataset.queries[:_QUERIES]], turns)
    vectors = {side: embedder.embed_passages(texts) for side, embedder in embedders.items()}
    sides = {
        side: Figures(
            passages_per_s=round(median(speeds[side].passages_per_s), 1),
            query_ms=round(median(speeds[side].query_ms), 2),
            ndcg_at_10=round(dense_ndcg(embedder, vectors[side], dataset), 4) if search else None,
            **_fresh(side, model, cache, texts[:timed]),
        )
        for side, embedder in embedders.items()
    }
    return Comparison(
        dataset=dataset.name,
        timed_passages=len(texts[:timed]),
        documents=len(texts),
        queries=len(dataset.queries),
        sides=sides,
        ratios=_ratios(speeds),
        mean_cosine=round(float((vectors["onnx"] * vectors["torch"]).sum(axis=1).mean()), 4),
    )


def take_turns(embedders: Embedders, passages: Sequence[str], queries: Sequence[str], turns: int) -> dict[Side, Turns]:
    """Each side once per turn, one after the other, after one warm-up that loads the models."""
    for embedder in embedders.values():
        embedder.embed_passages(passages[:4])
    found: dict[Side, list[tuple[float, float]]] = {side: [] for side in embedders}
    for _ in range(turns):
        for side, embedder in embedders.items():
            rate = len(passages) / _seconds(embedder.embed_passages, passages)
            found[side].append((rate, 1_000 * median(_seconds(embedder.embed_query, query) for query in queries)))
    return {
        side: Turns(passages_per_s=tuple(rate for rate, _ in each), query_ms=tuple(ms for _, ms in each))
        for side, each in found.items()
    }


def dense_ndcg(embedder: SentenceEmbedder, vectors: FloatArray, dataset: RetrievalSet) -> float:
    """Mean nDCG@10 of exact search by cosine over ``vectors``, one row per document of the set."""
    run = {}
    for query in dataset.queries:
        cosines = vectors @ embedder.embed_query(query.text)
        best = np.argsort(-cosines, kind="stable")[:_DEPTH]
        run[query.id] = [(dataset.documents[at].id, float(cosines[at])) for at in best]
    return measure_run(run, dataset.qrels).mean("nDCG@10")


def _seconds(work: Callable[[Input], object], argument: Input) -> float:
    start = time.perf_counter()
    work(argument)
    return time.perf_counter() - start


def _ratios(speeds: Mapping[Side, Turns]) -> dict[str, float]:
    ours, theirs = speeds["onnx"], speeds["torch"]
    return {
        "passages_per_s": round(_median_ratio(ours.passages_per_s, theirs.passages_per_s), 2),
        "query_ms": round(_median_ratio(ours.query_ms, theirs.query_ms), 2),
    }


def _median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def _fresh(side: Side, model: str, cache: Path, passages: Sequence[str]) -> dict[str, float]:
    command = [sys.executable, "-c", _FRESH, side, model, str(cache.absolute())]
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603  # our own code in our own interpreter
        command, cwd=root, input=json.dumps(list(passages)), capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def table(found: Comparison) -> str:
    """One line per figure, a column per side."""
    names = list(asdict(found.sides["onnx"]))
    rows = [(name, *(getattr(found.sides[side], name) for side in SIDES), found.ratios.get(name, "")) for name in names]
    lines = ["{:16}{!s:>12}{!s:>12}{!s:>8}".format(*row) for row in rows]
    return "\n".join([f"{found.dataset:16}{'onnx int8':>12}{'torch fp32':>12}{'ratio':>8}", *lines])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, help="corpus.jsonl, queries.jsonl, qrels.tsv")
    parser.add_argument("--model", default="", help="folder or hub name; empty is the packaged model")
    parser.add_argument("--timed", type=int, default=160, help="documents that are timed")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--no-search", action="store_true", help="speed only: a large set takes torch minutes")
    parser.add_argument("--cache", type=Path, help="exported models; a temporary folder by default")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        cache = options.cache or Path(temporary)
        dataset = load_dataset(options.set)
        found = compare(
            dataset,
            model=options.model,
            cache=cache,
            timed=options.timed,
            turns=options.turns,
            search=not options.no_search,
        )
    print(table(found), file=sys.stderr)
    print(json.dumps(asdict(found), indent=1))


if __name__ == "__main__":
    main()
