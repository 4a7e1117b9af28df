"""What the service tells of evaluations that ``citedesk eval run`` and ``citedesk eval answers`` left in its folder."""

from typing_extensions import TypedDict


class EvaluatedStage(TypedDict):
    """``interval`` holds 95 % bounds; a measure is null where no query defines it."""

    stage: str
    measures: dict[str, float | None]
    interval: dict[str, tuple[float, float] | None]


class EvaluatedRun(TypedDict):
    """A folder of ``eval run``; ``name`` is its path below the folder of evaluations."""

    name: str
    dataset: str
    digest: str
    queries: int
    documents: int
    git_commit: str | None
    modified_at: str
    stages: list[EvaluatedStage]


class EvaluatedAnswers(TypedDict):
    """A file of ``eval answers --out``."""

    name: str
    questions: int
    modified_at: str


class UnreadEvaluation(TypedDict):
    """One that cannot be read, and why."""

    name: str
    reason: str


class EvaluationList(TypedDict):
    """The newest first; ``folder`` is where they are looked for."""

    folder: str
    runs: list[EvaluatedRun]
    answers: list[EvaluatedAnswers]
    unread: list[UnreadEvaluation]


class FigureWithBounds(TypedDict):
    """A mean with its 95 % bounds, null where nothing defines it."""

    value: float | None
    low: float | None
    high: float | None


class EvaluationSlice(TypedDict):
    """``kind`` is all, language or tag; ``figures`` go by stage for a run and by name for answers."""

    kind: str
    name: str
    count: int
    figures: dict[str, FigureWithBounds]


class StageTimes(TypedDict):
    """Milliseconds of a query."""

    stage: str
    p50_ms: float
    p95_ms: float
    p99_ms: float


class WorstQueryLine(TypedDict):
    """``by_stage`` has the main measure; ``ranked`` what the best stage put first."""

    query_id: str
    text: str
    by_stage: dict[str, float | None]
    ranked: list[str]


class EvaluatedRunDetails(TypedDict):
    """``measure`` is the main one, ``best`` the stage with the highest mean of it, and ``worst`` are its queries."""

    name: str
    dataset: str
    measure: str
    best: str
    slices: list[EvaluationSlice]
    times: list[StageTimes]
    worst: list[WorstQueryLine]


class RiskCurve(TypedDict):
    """Answering only the surest: ``risk[n]`` is the share of wrong ones among the ``coverage[n]`` surest. ``answered``
    is the coverage that the bar chose, ``area`` the mean risk."""

    name: str
    coverage: list[float]
    risk: list[float]
    area: float
    answered: float


class CalibrationBin(TypedDict):
    """Questions of a like probability: what was ``predicted``, and the share that the documents answer."""

    count: int
    predicted: float
    observed: FigureWithBounds


class CitedLine(TypedDict):
    """A quote that was shown, or one that was expected."""

    source: str
    quote: str


class WorstAnswerLine(TypedDict):
    """``fault`` is inexact, unanswerable_answered, wrong_quote, unavailable or refused."""

    id: str
    question: str
    fault: str
    status: str
    probability: float | None
    text: str
    shown: list[CitedLine]
    expected: list[CitedLine]


class EvaluatedAnswersDetails(TypedDict):
    """``risk`` of all questions, and of each language where there are several."""

    name: str
    questions: int
    slices: list[EvaluationSlice]
    risk: list[RiskCurve]
    calibration_error: float | None
    calibration: list[CalibrationBin]
    worst: list[WorstAnswerLine]
