"""One size, in a process of its own: ``python -m eval.bench.scale.measure HOME PASSAGES`` prints the figures as JSON.

The home is filled first where it is not; memory is that of a process that only opened it and searched.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.settings import RetrievalSettings
from core.types import SearchStage
from eval.bench.processes import resident_mb
from eval.bench.scale.corpus import PER_DOCUMENT, Asked, Corpus
from eval.bench.scale.exact import EVERYWHERE, filter_of, passages_by_area, recall
from eval.bench.scale.fill import TRAIN, fill
from eval.bench.scale.home import KB, ScaleHome
from eval.bench.scale.living import busy, fresh
from eval.bench.scale.rivals import ENSEMBLE, MOST_PASSAGES, RANK_BM25, rivals
from eval.bench.scale.timing import Ask, Latency, in_turns, rounded

INDEX_ALONE = "lexical index alone"
STAGES = (SearchStage.LEXICAL, SearchStage.DENSE, SearchStage.HYBRID)
_FOLLOW_SECONDS = 0.5  # as ``retrieval.catch_up_seconds``
_FEW = 10  # questions for a side that takes seconds each
_FRESH_TURNS = 5


def main() -> None:
    """Fill, open, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("passages", type=int)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--written", type=int, default=1_000, help="Passages written while questions are asked.")
    arguments = parser.parse_args()
    figures = measure(
        arguments.home, arguments.passages, arguments.questions, turns=arguments.turns, written=arguments.written
    )
    sys.stdout.write(json.dumps(figures))


def measure(folder: Path, passages: int, questions: int, *, turns: int, written: int) -> dict[str, Any]:
    """Everything that is measured at one size; ``load`` is the machine's before it began."""
    load = rounded(os.getloadavg()[0])
    corpus = Corpus(KB, TRAIN)
    built = _built(folder, passages)
    asked = corpus.questions(passages, questions)
    home, opened = _opened(folder, asked)
    try:
        own = in_turns(_stages(home), dict.fromkeys(_stages(home), asked), turns)
        held = {"memory_mb": round(resident_mb()), "disk_mb": round(_disk_mb(folder))}
        filters = _filters(home, corpus, passages, asked, turns)
        living = {
            "fresh": asdict(fresh(home, corpus, passages, asked, _FRESH_TURNS)),
            "busy": asdict(busy(home, folder, passages, written, asked)),
        }
        beside = _beside(home, corpus, passages, asked, turns) if passages <= MOST_PASSAGES else {}
    finally:
        home.close()
    latencies = own | {name: each for name, each in beside.items() if name not in own}
    return {
        "passages": passages,
        "questions": questions,
        "turns": turns,
        "load": load,
        **built,
        **opened,
        **held,
        "latency": {name: asdict(each) for name, each in latencies.items()},
        "times_as_fast": _times(beside),
        "filters": filters,
        **living,
    }


def _built(folder: Path, passages: int) -> dict[str, float]:
    """Seconds of filling the record and building both indexes, where that was not done before."""
    started = time.perf_counter()
    home = ScaleHome(folder)
    held = home.documents()
    home.close()
    if held < passages // PER_DOCUMENT:
        fill(folder, passages, first=held * PER_DOCUMENT)
    filled = time.perf_counter()
    home = ScaleHome(folder)
    home.indexes.catch_up(KB)
    home.close()
    if held:
        return {}
    return {"record_seconds": rounded(filled - started), "index_seconds": rounded(time.perf_counter() - filled)}


def _opened(folder: Path, asked: Sequence[Asked]) -> tuple[ScaleHome, dict[str, float]]:
    """The home, and the seconds until it answered its first question with both stages."""
    started = time.perf_counter()
    home = ScaleHome(folder, following=_FOLLOW_SECONDS)
    home.embedder.know(asked)
    while home.search(asked[0].text, SearchStage.HYBRID).degraded:
        time.sleep(0.01)
    return home, {"open_seconds": rounded(time.perf_counter() - started)}


def _stages(home: ScaleHome) -> dict[str, Ask]:
    """Every stage, and what rank-bm25 is to be compared with: tantivy's answer without a look into the record."""

    def ask(stage: SearchStage) -> Ask:
        return lambda each: home.search(each.text, stage)

    words = home.indexes.lexical(KB)
    alone: dict[str, Ask] = {INDEX_ALONE: lambda each: words.search(each.text, RetrievalSettings().candidates)}
    return alone | {stage.value: ask(stage) for stage in STAGES}


def _filters(
    home: ScaleHome, corpus: Corpus, passages: int, asked: Sequence[Asked], turns: int
) -> list[dict[str, object]]:
    """Hybrid latency under each filter beside that without, and recall@10 of the dense stage."""
    kept = passages_by_area(passages)

    def ask(area: str) -> Ask:
        return lambda each: home.search(each.text, SearchStage.HYBRID, filter_of(area))

    taken = in_turns({area: ask(area) for area in kept}, dict.fromkeys(kept, asked), turns)
    recalls = recall(home, corpus, passages, asked)
    plain = taken[EVERYWHERE].p50_ms
    return [
        {
            "kept": count,
            **asdict(taken[area]),
            "times_unfiltered": rounded(taken[area].p50_ms / plain),
            "recall_at_10": recalls[area],
        }
        for area, count in kept.items()
    ]


def _beside(
    home: ScaleHome, corpus: Corpus, passages: int, asked: Sequence[Asked], turns: int
) -> Mapping[str, Latency]:
    """Our stages once more, in turns with the others."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        others = rivals(corpus, passages, asked, Path(scratch))
        few = dict.fromkeys(others, asked[:_FEW])
        return in_turns(_stages(home) | others, dict.fromkeys(_stages(home), asked) | few, turns)


def _times(taken: Mapping[str, Latency]) -> dict[str, float]:
    """Ours beside theirs: processor time of the lexical index, the middle question of the hybrid stage."""
    times = {}
    if RANK_BM25 in taken:
        times[RANK_BM25] = rounded(taken[RANK_BM25].processor_ms / taken[INDEX_ALONE].processor_ms)
    if ENSEMBLE in taken:
        times[ENSEMBLE] = rounded(taken[ENSEMBLE].p50_ms / taken[SearchStage.HYBRID.value].p50_ms)
    return times


def _disk_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000


if __name__ == "__main__":
    main()
