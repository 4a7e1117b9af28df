"""Evaluations in one folder, as the service tells of them. What computes is imported where it is needed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.schemas import JsonObject
from core.errors import CitedeskError, InvalidInput, NotFound

if TYPE_CHECKING:
    from eval.report.answers import RiskCoverage
    from eval.report.figures import Figure, Slice, Times
    from eval.report.worst import WorstAnswer

WORST = 20
_MOST = 500
_DEPTH = 4
_RANKED = 5
_RESULTS, _ROWS = "results.json", "per_query.jsonl"
# Keys by which a line of answers is told from other lines.
_ANSWER_KEYS = {"question", "answerable", "status"}


class Evaluations:
    """Reads ``folder`` anew each time; None holds nothing. Every call blocks. Raises ``NotFound`` for a name that is
    not in it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def all(self) -> JsonObject:
        """What is there, the newest first, and what cannot be read."""
        runs: list[JsonObject] = []
        answers: list[JsonObject] = []
        unread: list[JsonObject] = []
        for name, path in self._files().items():
            try:
                if path.name == _RESULTS:
                    runs.append(_run_line(path, name))
                else:
                    answers.append({"name": name, "questions": _lines(path), "modified_at": _modified(path)})
            except (CitedeskError, OSError) as error:
                unread.append({"name": name, "reason": str(error)})
        for found in (runs, answers):
            found.sort(key=lambda each: str(each["modified_at"]), reverse=True)
        return {"folder": str(self._folder or ""), "runs": runs, "answers": answers, "unread": unread}

    def run(self, name: str) -> JsonObject:
        """Slices, times and the worst queries of one run. Raises ``InvalidInput`` for files that cannot be read."""
        from eval.report.data import read_run
        from eval.report.figures import best_stage, latencies, main_measure, slices
        from eval.report.worst import worst_queries

        run = read_run(self._known_run(name).parent, name)
        measure = main_measure(run)
        return {
            "name": name,
            "dataset": run.results.dataset,
            "measure": measure,
            "best": best_stage(run),
            "slices": [_slice(each) for each in slices(run, measure)],
            "times": [_times(each) for each in latencies(run)],
            "worst": [
                {
                    "query_id": each.row.query_id,
                    "text": each.text,
                    "by_stage": {stage: measures.get(measure) for stage, measures in each.by_stage.items()},
                    "ranked": [document.id for document in each.ranked[:_RANKED]],
                }
                for each in worst_queries(run, WORST, None)
            ],
        }

    def answers(self, name: str) -> JsonObject:
        """Figures, risk by coverage and the worst answers of one file. Raises ``InvalidInput`` as ``run`` does."""
        from eval.report.answers import answer_slices, expected_error, reliability, risk_coverage
        from eval.report.data import read_answers
        from eval.report.worst import worst_answers

        path = self._known(name)
        if path.name == _RESULTS:
            raise InvalidInput(f"{name[:200]!r} holds rankings, not answers; GET /v1/evaluations/run tells of them")
        rows = read_answers(path, name).rows
        languages = sorted({row.spoken for row in rows})
        groups = {"": list(rows)}
        if len(languages) > 1:
            groups |= {language: [row for row in rows if row.spoken == language] for language in languages}
        curves = {group: risk_coverage(chosen) for group, chosen in groups.items()}
        return {
            "name": name,
            "questions": len(rows),
            "slices": [_slice(each) for each in answer_slices(rows)],
            "risk": [_curve(group, curve) for group, curve in curves.items() if curve is not None],
            "calibration_error": expected_error(rows),
            "calibration": [
                {"count": each.count, "predicted": each.predicted, "observed": _figure(each.observed)}
                for each in reliability(rows)
            ],
            "worst": [_worst_answer(each) for each in worst_answers(rows, WORST)],
        }

    def comparison(self, baseline: str, variant: str, stage: str) -> JsonObject:
        """The shape of ``citedesk eval compare --json``; of one stage, or of all that both have.

        Raises ``InvalidInput`` for two that cannot be compared.
        """
        from eval.compare.as_json import comparison_json
        from eval.compare.changes import RankingReader
        from eval.compare.compare import compare, with_rankings
        from eval.compare.inputs import load_pairs

        sources = [self._source(name, stage) for name in (baseline, variant)]
        found = compare(load_pairs(sources).pairs, changed=WORST)
        return comparison_json(with_rankings(found, RankingReader(None, None)), [])

    def _source(self, name: str, stage: str) -> str:
        path = self._known(name)
        if path.name != _RESULTS:
            return str(path)
        return f"{path.parent}:{stage}" if stage else str(path.parent)

    def _known_run(self, name: str) -> Path:
        found = self._known(name)
        if found.name != _RESULTS:
            raise InvalidInput(f"{name[:200]!r} holds answers, not rankings; GET /v1/evaluations/answers tells of them")
        return found

    def _known(self, name: str) -> Path:
        """A file of the list; ``name`` comes from outside and must not lead anywhere else."""
        found = self._files().get(name)
        if found is None:
            raise NotFound(f"there is no evaluation {name[:200]!r}; GET /v1/evaluations lists those there are")
        return found

    def _files(self) -> dict[str, Path]:
        """Results of runs by their folders (``.`` is the folder itself) and files of answers, at most so many."""
        folder = self._folder
        if folder is None:
            return {}
        found = islice(_found(folder, _DEPTH), _MOST)
        return {(path.parent if path.name == _RESULTS else path).relative_to(folder).as_posix(): path for path in found}


def _found(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink():
            continue
        if entry.is_dir() and depth:
            yield from _found(entry, depth - 1)
        elif (entry.name == _RESULTS and (folder / _ROWS).is_file()) or _holds_answers(entry):
            yield entry


def _holds_answers(path: Path) -> bool:
    if path.suffix != ".jsonl" or path.name == _ROWS:
        return False
    try:
        with path.open("rb") as file:
            first = json.loads(file.readline())
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and first.keys() >= _ANSWER_KEYS


def _run_line(path: Path, name: str) -> JsonObject:
    from eval.report.data import read_results

    results = read_results(path)
    return {
        "name": name,
        "dataset": results.dataset,
        "digest": results.digest,
        "queries": results.queries,
        "documents": results.documents,
        "git_commit": results.git_commit,
        "modified_at": _modified(path),
        "stages": [each.model_dump(mode="json") for each in results.runs],
    }


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(bool(line.strip()) for line in file)


def _modified(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _slice(part: "Slice") -> JsonObject:
    figures = {name: _figure(figure) for name, figure in part.figures.items()}
    return {"kind": part.kind, "name": part.name, "count": part.count, "figures": figures}


def _figure(figure: "Figure") -> dict[str, Any]:
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _times(times: "Times") -> JsonObject:
    p50, _, p95, p99 = times.percentiles
    return {"stage": times.name, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}


def _curve(name: str, curve: "RiskCoverage") -> JsonObject:
    points = {"coverage": list(curve.coverage), "risk": list(curve.risk)}
    return {"name": name, **points, "area": curve.area, "answered": curve.answered}


def _worst_answer(worst: "WorstAnswer") -> JsonObject:
    row = worst.row
    return {
        "id": row.id,
        "question": row.question,
        "fault": worst.fault,
        "status": row.status,
        "probability": row.probability,
        "text": row.text,
        "shown": [{"source": each.source, "quote": each.quote} for each in row.citations],
        "expected": [{"source": each.source, "quote": each.quote} for each in row.gold],
    }
