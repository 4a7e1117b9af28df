"""What ``citedesk eval run --out`` and ``citedesk eval answers --out`` leave, in small."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ENGLISH, CHINESE = "How long does a refund take?", "退款需要多久？"


def query_line(stage: str, query_id: str, ndcg: float | None, **fields: Any) -> dict[str, Any]:
    """One line of ``per_query.jsonl``; queries whose id begins with z are Chinese."""
    chinese = query_id.startswith("z")
    return {
        "stage": stage,
        "query_id": query_id,
        "query": CHINESE if chinese else ENGLISH,
        "language": "zh" if chinese else "en",
        "tags": ["refund"],
        "measures": {"recall@10": 1.0, "nDCG@10": ndcg},
        "latency_ms": 10.0,
        **fields,
    }


def write_run(
    folder: Path,
    lines: Iterable[Mapping[str, Any]],
    *,
    rankings: Mapping[str, Sequence[str]] | None = None,
    **results: Any,
) -> Path:
    """A folder of ``eval run``; ``rankings`` gives every stage the same documents by query id."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(lines)
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    stored = {
        "dataset": "support",
        "digest": "d" * 64,
        "queries": len({row["query_id"] for row in rows}),
        "documents": 3,
        "unjudged": 0,
        "runs": [{"stage": stage, "measures": {}, "interval": {}} for stage in stages],
        "configuration": {"rerank": {"kind": "late_interaction"}},
        "versions": {"python": "3.11.7"},
        "git_commit": "c0ffee",
        **results,
    }
    (folder / "results.json").write_text(json.dumps(stored), encoding="utf-8")
    write_lines(folder / "per_query.jsonl", rows)
    for stage in stages:
        runs = [
            f"{query} Q0 {document} {rank} {1 / rank} citedesk-{stage}\n"
            for query, documents in (rankings or {}).items()
            for rank, document in enumerate(documents, start=1)
        ]
        (folder / f"{stage}.run").write_text("".join(runs), encoding="utf-8")
    return folder


def answer_line(id_: str, **fields: Any) -> dict[str, Any]:
    """An answerable question that was answered with the expected quote."""
    chinese = id_.startswith("z")
    answered = fields.get("status", "answered") == "answered"
    return {
        "id": id_,
        "question": CHINESE if chinese else ENGLISH,
        "language": "zh" if chinese else "en",
        "answerable": True,
        "tags": ["refund"],
        "status": "answered",
        "reason": "",
        "probability": 0.9,
        "text": "十个工作日。" if chinese else "Ten working days.",
        "verdicts": {"located_gold": answered, "completeness": 1.0, "abstained": not answered, "false_refusal": False},
        "citations": [{"source": "refunds.md", "quote": "ten working days", "exact": True, "gold": True}]
        if answered
        else [],
        "gold": [{"source": "refunds.md", "quote": "Refunds take ten working days."}],
        "timings_ms": {"retrieve": 5.0},
        **fields,
    }


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """One JSON object a line."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path
