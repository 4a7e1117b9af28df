"""A report of evaluations: read what they left, take the figures, draw the charts, write one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import InvalidInput
from eval.compare.compare import Comparison, compare
from eval.compare.inputs import load_pairs
from eval.report.answers import (
    Bin,
    RiskCoverage,
    answer_slices,
    answer_times,
    expected_error,
    reliability,
    risk_coverage,
)
from eval.report.data import AnswersFile, RetrievalRun, read_answers, read_run
from eval.report.figures import (
    Figure,
    Slice,
    Spread,
    Times,
    best_stage,
    latencies,
    main_measure,
    measures_of,
    slices,
    spread,
    stage_figures,
)
from eval.report.worst import WorstAnswer, WorstQuery, worst_answers, worst_queries
from eval.sets.dataset import RetrievalSet, load_dataset

WORST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalPart:
    """One run.

    ``figures`` by stage and measure; ``set_known`` where the judged set was given; ``settings`` by dotted name.
    """

    run: RetrievalRun
    measures: Sequence[str]
    main: str
    best: str
    figures: Mapping[str, Mapping[str, Figure]]
    spreads: Sequence[Spread]
    slices: Sequence[Slice]
    latencies: Sequence[Times]
    worst: Sequence[WorstQuery]
    set_known: bool
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersPart:
    """One file of answers. ``risk`` by slice name, "" for all questions."""

    file: AnswersFile
    slices: Sequence[Slice]
    risk: Mapping[str, RiskCoverage]
    reliability: Sequence[Bin]
    calibration_error: float | None
    times: Sequence[Times]
    worst: Sequence[WorstAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a page shows. ``written`` is a date."""

    retrieval: Sequence[RetrievalPart]
    answers: Sequence[AnswersPart]
    comparison: Comparison | None
    worst_shown: int
    written: str


def build_report(
    runs: Sequence[Path],
    answers: Sequence[Path] = (),
    *,
    compared: Sequence[str] = (),
    sets: Sequence[Path] = (),
    worst: int = WORST,
) -> Report:
    """Read and measure.

    ``compared`` are a baseline and its variants as ``eval.compare.inputs.load_pairs`` takes them; ``sets`` are judged
    sets, matched with runs by digest, for titles and what was expected. Raises ``NotFound`` and ``InvalidInput`` as the
    readers do, and ``InvalidInput`` where there is nothing to report or a set belongs to no run.
    """
    folders, answers = list(dict.fromkeys(runs)), list(dict.fromkeys(answers))
    if not (folders or answers or compared):
        raise InvalidInput("nothing to report: name a folder of `citedesk eval run --out`, or give --answers FILE")
    read = {folder: read_run(folder, name) for folder, name in _names(folders).items()}
    files = [read_answers(path, name) for path, name in _names(answers).items()]
    judged = _judged(sets, list(read.values()))
    return Report(
        retrieval=[_retrieval(run, judged.get(run.results.digest), worst) for run in read.values()],
        answers=[_answers(file, worst) for file in files],
        comparison=_comparison(compared) if compared else None,
        worst_shown=worst,
        written=datetime.now(UTC).date().isoformat(),
    )


def _retrieval(run: RetrievalRun, judged: RetrievalSet | None, worst: int) -> RetrievalPart:
    measure = main_measure(run)
    return RetrievalPart(
        run=run,
        measures=measures_of(run),
        main=measure,
        best=best_stage(run),
        figures=stage_figures(run),
        spreads=spread(run, measure),
        slices=slices(run, measure),
        latencies=latencies(run),
        worst=worst_queries(run, worst, judged),
        set_known=judged is not None,
        settings=_flat(run.results.configuration),
    )


def _answers(file: AnswersFile, worst: int) -> AnswersPart:
    languages = sorted({row.spoken for row in file.rows})
    groups = {"": file.rows} | {name: [row for row in file.rows if row.spoken == name] for name in languages}
    curves = {name: risk_coverage(rows) for name, rows in groups.items() if name == "" or len(languages) > 1}
    return AnswersPart(
        file=file,
        slices=answer_slices(file.rows),
        risk={name: found for name, found in curves.items() if found is not None},
        reliability=reliability(file.rows),
        calibration_error=expected_error(file.rows),
        times=answer_times(file.rows),
        worst=worst_answers(file.rows, worst),
    )


def _comparison(compared: Sequence[str]) -> Comparison:
    pairs = load_pairs(compared).pairs
    subjects = pairs[0].baseline.subjects
    several = {
        "language": len({subject.language for subject in subjects} - {""}) > 1,
        "tag": any(s.tags for s in subjects),
    }
    return compare(pairs, by=[name for name, present in several.items() if present])


def _judged(folders: Sequence[Path], runs: Sequence[RetrievalRun]) -> dict[str, RetrievalSet]:
    """Sets by digest."""
    digests = {run.results.digest for run in runs}
    found = {judged.digest: judged for judged in map(load_dataset, folders)}
    for digest, judged in found.items():
        if digest not in digests:
            raise InvalidInput(f"no run was measured on {judged.name!r} as it is now (digest {digest[:12]}…)")
    return found


def _names(paths: Sequence[Path]) -> dict[Path, str]:
    """A name for each path that no other has: its last part, or as much as tells it apart."""
    last = [path.resolve().stem if path.suffix == ".jsonl" else path.resolve().name for path in paths]
    return {path: name if last.count(name) == 1 else str(path) for path, name in zip(paths, last, strict=True)}


def _flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested settings by dotted name."""
    found: dict[str, object] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return found
