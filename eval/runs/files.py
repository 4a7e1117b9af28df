"""What an evaluation leaves on disk: TREC run files, ``results.json`` and ``per_query.jsonl``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.types import SearchStage
from eval.present import to_json
from eval.runs.measures import ranked_ids
from eval.runs.report import RunReport, StageRun
from eval.sets.dataset import Query


def write_run(out: Path, stage: SearchStage, run: Mapping[str, Sequence[tuple[str, float]]]) -> Path:
    """Write ``<stage>.run``: ``query Q0 document rank score tag``, ranks from 1, in the order that is measured."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{stage}.run"
    with path.open("w", encoding="utf-8") as file:
        for query, scored in run.items():
            scores = dict(scored)
            for rank, document in enumerate(ranked_ids(query, scored), start=1):
                file.write(f"{query} Q0 {document} {rank} {scores[document]!r} citedesk-{stage}\n")
    return path


def write_results(out: Path, report: RunReport) -> None:
    """Write the report as ``results.json`` and every query's values as ``per_query.jsonl``, for comparing runs."""
    out.mkdir(parents=True, exist_ok=True)
    results = json.dumps(to_json(report), ensure_ascii=False, indent=2)
    (out / "results.json").write_text(results + "\n", encoding="utf-8")
    with (out / "per_query.jsonl").open("w", encoding="utf-8") as file:
        for run in report.runs:
            for query in run.asked:
                file.write(json.dumps(_query_values(run, query), ensure_ascii=False) + "\n")


def _query_values(run: StageRun, query: Query) -> dict[str, object]:
    return {
        "stage": str(run.stage),
        "query_id": query.id,
        "query": query.text,
        "language": query.language,
        "tags": list(query.tags),
        "measures": {name: run.measured.per_query[name][query.id] for name in run.measured.names},
        "latency_ms": run.found.queries[query.id].milliseconds,
    }
