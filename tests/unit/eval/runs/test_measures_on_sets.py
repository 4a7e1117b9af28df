"""On whole judged sets the measures are what a dozen lines without any library compute from the run file."""

import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import pytest

from core.text import analyse
from core.types import SearchStage
from eval.runs.pooling import DocumentSearch, ScoredDocument
from eval.runs.run import evaluate
from eval.sets.dataset import RetrievalSet, load_dataset

JUDGED = Path(__file__).parents[4] / "data" / "judged"
SETS = Path(os.environ.get("CITEDESK_EVAL_SETS") or Path(__file__).parents[5] / "shared" / "data" / "dev")
CRANFIELD = pytest.param(
    SETS / "cranfield",
    marks=pytest.mark.skipif(not (SETS / "cranfield").is_dir(), reason="no folder with the evaluation sets"),
)


def shared_words(dataset: RetrievalSet) -> DocumentSearch:
    """Documents by the number of words that they share with the query: full of equal scores."""
    terms = {document.id: Counter(analyse(f"{document.title} {document.text}")) for document in dataset.documents}

    def search(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
        wanted = Counter(analyse(query))
        scores = {name: float((wanted & counts).total()) for name, counts in terms.items()}
        best = sorted((name for name in scores if scores[name]), key=lambda name: (-scores[name], name))
        return [ScoredDocument(name, scores[name]) for name in best[:k]]

    return search


def independent(dataset: RetrievalSet, run_file: Path) -> dict[str, float]:
    """Every measure from the ranks that the run file names."""
    ranked: dict[str, list[str]] = {query.id: [] for query in dataset.queries}
    for line in run_file.read_text(encoding="utf-8").splitlines():
        query, _, document, rank, _, _ = line.split()
        ranked[query].append(document)
        assert len(ranked[query]) == int(rank)
    rows: list[dict[str, float]] = []
    for name, ids in ranked.items():
        grades = dataset.qrels[name]
        gains = [max(grades.get(document, 0), 0) for document in ids]
        right = sum(grade > 0 for grade in grades.values())
        hits = [rank for rank, gain in enumerate(gains, start=1) if gain]
        ideal = sorted((max(grade, 0) for grade in grades.values()), reverse=True)
        dcg = [sum(gain / math.log2(at + 2) for at, gain in enumerate(some[:10])) for some in (gains, ideal)]
        rows.append({
            "nDCG@10": dcg[0] / dcg[1],
            "recall@10": sum(rank <= 10 for rank in hits) / right,
            "recall@100": len(hits) / right,
            "MRR@10": 1 / hits[0] if hits and hits[0] <= 10 else 0.0,
            "MAP": sum(at / rank for at, rank in enumerate(hits, start=1)) / right,
            "P@5": sum(rank <= 5 for rank in hits) / 5,
            "judged@10": sum(document in grades for document in ids[:10]) / max(1, len(ids[:10])),
        })  # fmt: skip
    return {measure: mean(row[measure] for row in rows) for measure in rows[0]}


@pytest.mark.parametrize("folder", [JUDGED / "tiny_en", JUDGED / "tiny_zh", CRANFIELD])
def test_an_independent_computation_from_the_run_file_agrees(folder: Path, tmp_path: Path) -> None:
    dataset = load_dataset(folder)
    [run] = evaluate(dataset, shared_words(dataset), [SearchStage.LEXICAL], tmp_path).runs
    assert run.overall.means == pytest.approx(independent(dataset, tmp_path / "lexical.run"), abs=1e-9)
    assert run.overall.means["MAP"] > 0.1
