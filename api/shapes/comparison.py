"""Reports, benchmarks and what ``citedesk eval`` ``compare`` and ``sweep`` set side by side."""

from typing_extensions import TypedDict

from api.shapes import Bounds


class EvalReport(TypedDict):
    """``citedesk eval report``: the files that it wrote."""

    written: list[str]


class Bench(TypedDict):
    """``citedesk bench``: the result files, the plots and, last, the page."""

    written: list[str]


class BenchEntry(TypedDict):
    """``small`` and ``full`` say on what is measured without and with ``--full``."""

    name: str
    measures: str
    small: str
    full: str


class BenchList(TypedDict):
    """``citedesk bench --list``."""

    benchmarks: list[BenchEntry]


class ComparedRun(TypedDict):
    """One side of a comparison; ``digest`` is empty for files that record no judged set, ``stage`` for files."""

    label: str
    stage: str
    dataset: str
    digest: str


class MeasureDifference(TypedDict):
    """Variant minus baseline of one measure, with 95 % bounds.

    ``p_value`` is of a two-sided paired sign-flip test, ``p_corrected`` by Holm; ``real`` where that is below 0.05.
    ``effect`` is null where the differences do not vary.
    """

    measure: str
    queries: int
    baseline: float
    variant: float
    difference: float
    interval: list[float]
    p_value: float
    p_corrected: float
    wins: int
    ties: int
    losses: int
    effect: float | None
    real: bool


class ComparedSlice(TypedDict):
    """``dimension`` is language or tag, and empty like ``value`` for all queries."""

    dimension: str
    value: str
    queries: int
    differences: list[MeasureDifference]


class LatencyChange(TypedDict):
    """Milliseconds of a percentile; ``change`` and its bounds are shares, 0.1 is 10 % slower."""

    name: str
    baseline: float
    variant: float
    change: float
    interval: list[float]


class RankedDocument(TypedDict):
    """``grade`` is null where nobody judged the document, ``head`` its title and first words where known."""

    rank: int
    document_id: str
    grade: int | None
    head: str


class ChangedQuery(TypedDict):
    """Measures of both runs, null where undefined; rankings of retrieval runs, answers of files of answers."""

    id: str
    text: str
    before: dict[str, float | None]
    after: dict[str, float | None]
    before_ranking: list[RankedDocument]
    after_ranking: list[RankedDocument]
    before_answer: str
    after_answer: str


class ComparedPair(TypedDict):
    """A variant against the baseline; the most changed query first."""

    baseline: ComparedRun
    variant: ComparedRun
    overall: ComparedSlice
    slices: list[ComparedSlice]
    latency: list[LatencyChange]
    changed: list[ChangedQuery]


class JudgedGate(TypedDict):
    """``status`` is passed, unproven or failed; ``change`` and ``interval`` are shares where the gate is relative."""

    gate: str
    baseline: str
    variant: str
    status: str
    queries: int
    baseline_value: float
    variant_value: float
    change: float
    interval: list[float]
    p_value: float


class EvalCompare(TypedDict):
    """``citedesk eval compare``; exit code 1 where a gate failed. ``left_out``: measures that not every run has."""

    passed: bool
    queries: int
    measures: list[str]
    left_out: list[str]
    pairs: list[ComparedPair]
    gates: list[JudgedGate]


class SweepRow(TypedDict):
    """One combination at one stage; differences are against the row with number 1 and null for that row.

    ``pareto`` where no other row of the set is better and as fast, or as good and faster. ``latency_ms`` is keyed by
    mean_ms, p50_ms, p95_ms and p99_ms; ``folder`` can be given to ``citedesk eval compare``.
    """

    number: int
    combination: str
    settings: list[str]
    stage: str
    measures: dict[str, float]
    interval: list[float]
    difference: float | None
    difference_interval: Bounds
    p_corrected: float | None
    latency_ms: dict[str, float]
    pareto: bool
    folder: str


class SweepTable(TypedDict):
    """One set, the best row first."""

    dataset: str
    queries: int
    rows: list[SweepRow]


class SweepFailure(TypedDict):
    """A combination without results."""

    dataset: str
    combination: str
    reason: str


class EvalSweep(TypedDict):
    """``citedesk eval sweep``; exit code 1 where a combination failed."""

    measure: str
    latency: str
    tables: list[SweepTable]
    failed: list[SweepFailure]
