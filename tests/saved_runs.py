"""Folders and files as evaluations leave them, with figures that a test makes up."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

Values = Mapping[str, Mapping[str, float | None]]


def query_row(id_: str, measures: Mapping[str, float | None], *, stage: str = "hybrid", **more: object) -> dict:
    """One line of ``per_query.jsonl``; ``language`` is Chinese for ids that begin with z."""
    language = "zh" if id_.startswith("z") else "en"
    text = "退款需要多久？" if language == "zh" else "How long does a refund take?"
    return {
        "stage": stage, "query_id": id_, "query": text, "language": language, "tags": [],
        "measures": dict(measures), "latency_ms": 10.0, **more,
    }  # fmt: skip


def write_rows(path: Path, rows: Sequence[object]) -> Path:
    """One JSON document a line; a string is written as it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_run(folder: Path, rows: Sequence[object], *, digest: str = "d1", dataset: str = "faq") -> Path:
    """A folder of ``eval run``."""
    write_rows(folder / "per_query.jsonl", rows)
    results = {"dataset": dataset, "digest": digest, "queries": len(rows), "documents": 9, "runs": []}
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return folder


def write_values(folder: Path, values: Sequence[float], *, measure: str = "nDCG@10", **more: object) -> Path:
    """A folder of ``eval run`` with one measure of queries q0, q1 and so on."""
    return write_run(folder, [query_row(f"q{at}", {measure: value}, **more) for at, value in enumerate(values)])


def answer_row(id_: str, *, answerable: bool = True, located: bool = True, **more: object) -> dict:
    """One line of ``eval answers --out``: an answer that is right where ``located``, and an honest no elsewhere."""
    answered = answerable and located
    return {
        "id": id_, "question": "退款需要多久？", "language": "zh", "answerable": answerable, "tags": [],
        "status": "answered" if answered else "insufficient_evidence", "reason": "", "probability": 0.5,
        "text": "退款需要十个工作日。" if answered else "",
        "verdicts": {
            "located_gold": answered, "completeness": (1.0 if answered else 0.0) if answerable else None,
            "abstained": not answered, "false_refusal": answerable and not answered,
        },
        "citations": [], "gold": [{"source": "退款.md", "quote": "十个工作日"}] if answerable else [],
        "unlocated_gold": [], "timings_ms": {"total": 12.0}, **more,
    }  # fmt: skip
