"""What an evaluation found, before it becomes JSON or a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.types import SearchStage
from eval.measures import Measured
from eval.pooling import ScoredDocument

DEPTH = 100
"""Documents ranked per query: what recall@100 needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds that one query took, at three percentiles."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """What one stage found, how good that was and how long it took.

    ``ranking`` holds at most ``DEPTH`` documents per query id, best first; ``milliseconds`` one time per query id.
    """

    stage: SearchStage
    ranking: Mapping[str, Sequence[ScoredDocument]]
    milliseconds: Mapping[str, float]
    measured: Measured
    run_file: Path | None

    @property
    def latency(self) -> Latency:
        """Percentiles over the queries, interpolated linearly."""
        p50, p95, p99 = np.percentile(list(self.milliseconds.values()), [50, 95, 99])
        return Latency(p50=float(p50), p95=float(p95), p99=float(p99))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """All stages over one set. ``configuration`` is what the caller says about the system under test."""

    dataset: str
    digest: str
    queries: int
    documents: int
    unjudged: int
    runs: tuple[StageRun, ...]
    configuration: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    git_commit: str | None = None
