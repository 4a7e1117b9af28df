"""Measure quality and speed and write the figures down: ``python -m eval.bench --home DIR [--sets FOLDER...]``.

Each set gives one JSON file in ``docs/benchmarks/``; ``docs/benchmarks.md`` is written from those files, never by hand.
"""

import argparse
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from answer.assemble import Desk
from core.settings import load_settings
from core.types import SearchStage
from eval.answers import judge_answers
from eval.benchmarks_page import benchmarks_page
from eval.dataset import load_dataset
from eval.index import document_search, index_dataset
from eval.present import to_json
from eval.questions import load_questions
from eval.run import evaluate

_JUDGED = Path("data/judged")
_SAMPLE = Path("data/sample")


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()}


def measure_set(desk: Desk, folder: Path) -> Mapping[str, object]:
    """Every stage over one retrieval set."""
    dataset = load_dataset(folder)
    kb = index_dataset(desk, dataset, desk.passage_recipe)
    return to_json(evaluate(dataset, document_search(desk, kb), list(SearchStage)))


def measure_answers(desk: Desk, folder: Path) -> Mapping[str, object]:
    """The answers to the judged questions, on which nothing was fitted."""
    desk.ingest([folder / "documents"], "bench-answers", prune=True)
    desk.own()
    desk.indexes.catch_up("bench-answers")
    questions = load_questions(folder / "questions.jsonl")
    return to_json(judge_answers(questions, desk.ask, lambda i: desk.catalog.document(i).text, kb="bench-answers"))


def main() -> None:
    """Measure, write the files and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="where the record and indexes are kept")
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="retrieval sets (BEIR layout)")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    desk = Desk(load_settings(arguments.home))
    try:
        desk.own()
        for folder in [*sorted(path for path in _JUDGED.iterdir() if path.is_dir()), *arguments.sets]:
            _write(arguments.out, f"retrieval-{folder.name}", measure_set(desk, folder))
        _write(arguments.out, "answers-sample", measure_answers(desk, _SAMPLE))
    finally:
        desk.close()
    Path("docs/benchmarks.md").write_text(benchmarks_page(arguments.out), encoding="utf-8")


def _write(out: Path, name: str, figures: Mapping[str, object]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    measured = {"measured": datetime.now(UTC).date().isoformat(), "machine": machine(), "figures": figures}
    (out / f"{name}.json").write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"measured {name}", flush=True)


if __name__ == "__main__":
    main()
