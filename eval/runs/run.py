"""One evaluation: every query of a judged set through every stage, timed, measured and written down."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidInput
from core.types import SearchStage
from eval.runs.files import write_results, write_run
from eval.runs.measures import DEPTH, MEASURES, measure_run
from eval.runs.pooling import DocumentSearch, RankedDocuments
from eval.runs.provenance import git_commit, peak_memory_bytes, versions
from eval.runs.ranking import QueryRanking, RankingStore, StageRanking
from eval.runs.report import RunReport, StageRun
from eval.sets.dataset import Query, RetrievalSet

Progress: TypeAlias = Callable[[SearchStage, int, int], None]


def evaluate(
    dataset: RetrievalSet,
    search: DocumentSearch,
    stages: Sequence[SearchStage],
    out: Path | None = None,
    progress: Progress | None = None,
    *,
    measures: Sequence[str] = MEASURES,
    store: RankingStore | None = None,
    configuration: Mapping[str, object] | None = None,
) -> RunReport:
    """Run every stage over every judged query, or take from ``store`` what is known of it and keep what is new.

    ``search`` gives the best ``DEPTH`` documents for a query; ``progress`` hears the stage, queries done and queries in
    all. With ``out`` the folder receives one TREC run file per stage as soon as the stage is through, and at the end
    ``results.json`` and ``per_query.jsonl``. Raises ``InvalidInput`` for no stage, a repeated one or an unknown
    measure, and whatever ``search`` raises.
    """
    if not stages or len(set(stages)) < len(stages):
        raise InvalidInput(f"the stages are {[str(stage) for stage in stages]}; name each of one or more stages once")
    runs = []
    for stage in stages:
        found = (store.load(stage) if store is not None else None) or _ranked(dataset, search, stage, store, progress)
        runs.append(_measured(dataset, stage, found, measures, out))
    report = RunReport(
        dataset=dataset.name,
        digest=dataset.digest,
        queries=len(dataset.queries),
        documents=len(dataset.documents),
        unjudged=dataset.unjudged,
        runs=tuple(runs),
        configuration=configuration or {},
        versions=versions(),
        git_commit=git_commit(),
        peak_memory_bytes=peak_memory_bytes(),
    )
    if out is not None:
        write_results(out, report)
    return report


def _ranked(
    dataset: RetrievalSet,
    search: DocumentSearch,
    stage: SearchStage,
    store: RankingStore | None,
    progress: Progress | None,
) -> StageRanking:
    # The first call loads models and opens indexes; it would be the p99 of every small set.
    search(dataset.queries[0].text, stage, DEPTH)
    queries: dict[str, QueryRanking] = {}
    for done, query in enumerate(dataset.queries, start=1):
        queries[query.id] = _timed(search, query, stage)
        if progress is not None:
            progress(stage, done, len(dataset.queries))
    found = StageRanking(queries=queries, measured_at=datetime.now(UTC).isoformat(timespec="seconds"))
    if store is not None:
        store.save(stage, found)
    return found


def _timed(search: DocumentSearch, query: Query, stage: SearchStage) -> QueryRanking:
    started = time.perf_counter()
    found = search(query.text, stage, DEPTH)
    milliseconds = (time.perf_counter() - started) * 1_000
    parts = found.parts_ms if isinstance(found, RankedDocuments) else {}
    return QueryRanking(documents=tuple(found[:DEPTH]), milliseconds=milliseconds, parts_ms=parts)


def _measured(
    dataset: RetrievalSet, stage: SearchStage, found: StageRanking, measures: Sequence[str], out: Path | None
) -> StageRun:
    pairs = {
        query: [(document.document_id, document.score) for document in ranking.documents]
        for query, ranking in found.queries.items()
    }
    return StageRun(
        stage=stage,
        found=found,
        asked=dataset.queries,
        measured=measure_run(pairs, dataset.qrels, measures),
        run_file=write_run(out, stage, pairs) if out is not None else None,
    )
