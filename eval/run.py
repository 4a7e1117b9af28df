"""One evaluation: every query of a judged set through every stage, timed, measured and written down."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidInput
from core.types import SearchStage
from eval.dataset import Query, RetrievalSet
from eval.measures import measure_run
from eval.pooling import DocumentSearch, ScoredDocument
from eval.provenance import git_commit, versions
from eval.run_files import write_results, write_run
from eval.run_report import DEPTH, RunReport, StageRun

Progress: TypeAlias = Callable[[SearchStage, int, int], None]


def evaluate(
    dataset: RetrievalSet,
    search: DocumentSearch,
    stages: Sequence[SearchStage],
    out: Path | None = None,
    progress: Progress | None = None,
    *,
    configuration: Mapping[str, object] | None = None,
) -> RunReport:
    """Run every stage over every judged query.

    ``search`` gives the best ``DEPTH`` documents for a query; ``progress`` hears the stage, queries done and queries in
    all. With ``out`` the folder receives one TREC run file per stage as soon as the stage is through, and at the end
    ``results.json`` and ``per_query.jsonl``. Raises ``InvalidInput`` for no stage or a repeated one, and whatever
    ``search`` raises.
    """
    if not stages or len(set(stages)) < len(stages):
        raise InvalidInput(f"the stages are {[str(stage) for stage in stages]}; name each of one or more stages once")
    report = RunReport(
        dataset=dataset.name,
        digest=dataset.digest,
        queries=len(dataset.queries),
        documents=len(dataset.documents),
        unjudged=dataset.unjudged,
        runs=tuple(_run_stage(dataset, search, stage, out, progress) for stage in stages),
        configuration=configuration or {},
        versions=versions(),
        git_commit=git_commit(),
    )
    if out is not None:
        write_results(out, report)
    return report


def _run_stage(
    dataset: RetrievalSet, search: DocumentSearch, stage: SearchStage, out: Path | None, progress: Progress | None
) -> StageRun:
    # The first call loads models and opens indexes; it would be the p99 of every small set.
    search(dataset.queries[0].text, stage, DEPTH)
    ranking: dict[str, Sequence[ScoredDocument]] = {}
    milliseconds: dict[str, float] = {}
    for done, query in enumerate(dataset.queries, start=1):
        ranking[query.id], milliseconds[query.id] = _timed(search, query, stage)
        if progress is not None:
            progress(stage, done, len(dataset.queries))
    pairs = {query: [(found.document_id, found.score) for found in ranked] for query, ranked in ranking.items()}
    return StageRun(
        stage=stage,
        ranking=ranking,
        milliseconds=milliseconds,
        measured=measure_run(pairs, dataset.qrels),
        run_file=write_run(out, stage, pairs) if out is not None else None,
    )


def _timed(search: DocumentSearch, query: Query, stage: SearchStage) -> tuple[Sequence[ScoredDocument], float]:
    started = time.perf_counter()
    found = search(query.text, stage, DEPTH)
    return found[:DEPTH], (time.perf_counter() - started) * 1_000
