"""The figures of a retrieval run for a report: means with intervals over slices, distributions, latency."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.report.data import QueryRow, RetrievalRun
from eval.runs.intervals import mean_interval

MAIN_MEASURE = "nDCG@10"
PERCENTILES = (50, 90, 95, 99)
_MAX_TAGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A mean with the bounds of its 95 % interval; all None where nothing defines it."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Queries that share a language or a tag. ``kind`` is all, language or tag; ``figures`` has one per column."""

    kind: str
    name: str
    count: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds of one stage or step: percentiles as in ``PERCENTILES``, the longest, and all of them, sorted."""

    name: str
    percentiles: tuple[float, ...]
    longest: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How one stage's scores lie: ``zero`` and ``perfect`` are the shares of queries with 0 and with 1."""

    stage: str
    mean: float
    quartiles: tuple[float, ...]
    zero: float
    perfect: float
    values: tuple[float, ...]


def mean_figure(values: Iterable[float | None]) -> Figure:
    """The mean of what is defined, with its interval."""
    defined = [value for value in values if value is not None]
    if not defined:
        return Figure()
    interval = mean_interval(defined)
    return Figure(value=float(np.mean(defined)), low=interval.low, high=interval.high)


def measures_of(run: RetrievalRun) -> list[str]:
    """Every measure of the run in the order of its file, the main one first."""
    names = dict.fromkeys(name for rows in run.rows.values() for name in rows[0].measures)
    return sorted(names, key=lambda name: name != MAIN_MEASURE)


def main_measure(run: RetrievalRun) -> str:
    """nDCG@10, or the first measure of a run that lacks it."""
    return measures_of(run)[0]


def best_stage(run: RetrievalRun) -> str:
    """The stage with the highest mean of the main measure; the later one of equals."""
    measure = main_measure(run)
    means = {stage: mean_of(rows, measure) for stage, rows in run.rows.items()}
    return max(reversed(means), key=lambda stage: means[stage])


def mean_of(rows: Sequence[QueryRow], measure: str) -> float:
    """Mean of the measure over the queries that define it; 0 where none does."""
    defined = [value for row in rows if (value := row.measures.get(measure)) is not None]
    return float(np.mean(defined)) if defined else 0.0


def stage_figures(run: RetrievalRun) -> dict[str, dict[str, Figure]]:
    """Every measure of every stage; intervals as the run's own file has them, else computed anew."""
    stored = {figures.stage: figures for figures in run.results.runs}
    found: dict[str, dict[str, Figure]] = {}
    for stage, rows in run.rows.items():
        found[stage] = {}
        for name in measures_of(run):
            bounds = stored[stage].interval.get(name) if stage in stored else None
            mean = stored[stage].measures.get(name) if stage in stored else None
            whole = Figure(value=mean, low=bounds[0], high=bounds[1]) if bounds and mean is not None else None
            found[stage][name] = whole or mean_figure(row.measures.get(name) for row in rows)
    return found


def slices(run: RetrievalRun, measure: str) -> list[Slice]:
    """All queries, then each language and each of the most frequent tags; a column per stage."""
    rows = next(iter(run.rows.values()))
    groups: list[tuple[str, str, Callable[[QueryRow], bool]]] = [("all", "", lambda row: True)]
    for language in sorted({row.spoken for row in rows} - {""}):
        groups.append(("language", language, lambda row, wanted=language: row.spoken == wanted))  # type: ignore[misc]
    for tag, _ in Counter(tag for row in rows for tag in row.tags).most_common(_MAX_TAGS):
        groups.append(("tag", tag, lambda row, wanted=tag: wanted in row.tags))  # type: ignore[misc]
    return [_slice(run, measure, kind, name, belongs) for kind, name, belongs in groups]


def _slice(run: RetrievalRun, measure: str, kind: str, name: str, belongs: Callable[[QueryRow], bool]) -> Slice:
    chosen = {stage: [row for row in rows if belongs(row)] for stage, rows in run.rows.items()}
    return Slice(
        kind=kind,
        name=name,
        count=max(len(rows) for rows in chosen.values()),
        figures={stage: mean_figure(row.measures.get(measure) for row in rows) for stage, rows in chosen.items()},
    )


def latencies(run: RetrievalRun) -> list[Times]:
    """One entry per stage that was timed."""
    timed = {stage: [row.latency_ms for row in rows if row.latency_ms is not None] for stage, rows in run.rows.items()}
    return [times(stage, values) for stage, values in timed.items() if values]


def times(name: str, values: Sequence[float]) -> Times:
    """Percentiles interpolated linearly. Raises ``ValueError`` without values."""
    if not values:
        raise ValueError(f"no times of {name!r}")
    percentiles = tuple(float(value) for value in np.percentile(values, PERCENTILES))
    return Times(name=name, percentiles=percentiles, longest=max(values), values=tuple(sorted(values)))


def spread(run: RetrievalRun, measure: str) -> list[Spread]:
    """One entry per stage that defines the measure for some query."""
    found = []
    for stage, rows in run.rows.items():
        values = np.array([value for row in rows if (value := row.measures.get(measure)) is not None])
        if values.size:
            found.append(
                Spread(
                    stage=stage,
                    mean=float(values.mean()),
                    quartiles=tuple(float(value) for value in np.percentile(values, [25, 50, 75])),
                    zero=float((values == 0).mean()),
                    perfect=float((values >= 1).mean()),
                    values=tuple(values.tolist()),
                )
            )
    return found
