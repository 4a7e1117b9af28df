"""What an evaluation found, before it becomes JSON or a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from core.types import SearchStage
from eval.runs.measures import Measured
from eval.runs.ranking import StageRanking
from eval.runs.slices import Figures, by_language, by_tag, figures
from eval.sets.dataset import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds that one query took, at three percentiles."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: Iterable[float]) -> "Latency":
        """Percentiles over the queries, interpolated linearly."""
        p50, p95, p99 = np.percentile(list(milliseconds), [50, 95, 99])
        return cls(p50=float(p50), p95=float(p95), p99=float(p99))


@dataclass(frozen=True, kw_only=True)
class StageRun:
    """What one stage found for which queries, and how good that was."""

    stage: SearchStage
    found: StageRanking
    asked: Sequence[Query]
    measured: Measured
    run_file: Path | None

    @cached_property
    def overall(self) -> Figures:
        """Over all queries."""
        return figures(self.measured)

    @cached_property
    def by_language(self) -> Mapping[str, Figures]:
        """By the language of the query."""
        return by_language(self.measured, self.asked)

    @cached_property
    def by_tag(self) -> Mapping[str, Figures]:
        """By the tags of the query; empty where none has any."""
        return by_tag(self.measured, self.asked)

    @property
    def latency(self) -> Latency:
        """Of the whole search."""
        return Latency.of(ranking.milliseconds for ranking in self.found.queries.values())

    @property
    def part_latency(self) -> dict[str, Latency]:
        """Of each part that the search timed itself, over the queries that had it; empty where it times none."""
        times: dict[str, list[float]] = {}
        for ranking in self.found.queries.values():
            for part, milliseconds in ranking.parts_ms.items():
                times.setdefault(part, []).append(milliseconds)
        return {part: Latency.of(each) for part, each in times.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """All stages over one set.

    ``configuration`` is what the caller says about the system under test; ``peak_memory_bytes`` is the most that the
    process held until now, sets before this one included.
    """

    dataset: str
    digest: str
    queries: int
    documents: int
    unjudged: int
    runs: tuple[StageRun, ...]
    configuration: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    peak_memory_bytes: int | None = None
