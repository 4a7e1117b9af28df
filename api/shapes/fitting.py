"""``citedesk eval calibrate`` and ``citedesk eval prompts``."""

from typing_extensions import TypedDict

from api.shapes import Bounds
from api.shapes.evaluation import Latency


class Estimate(TypedDict):
    """A figure from 0 to 1, null where no question says anything about it; ``interval`` holds 95 % bounds."""

    value: float | None
    interval: Bounds


class PromisedBar(TypedDict):
    """``wrong`` of the ``shown`` are wrong, and in general a share of ``upper_risk`` at most, with the confidence."""

    shown: int
    wrong: int
    upper_risk: float


class CalibratedLanguage(TypedDict):
    """``bar``, ``support`` and ``curve`` are null where the shipped ones stay; ``kept`` says why, by these names.

    ``figures`` has ece, brier, auroc, coverage, precision and gold_precision ``before`` and, on unseen documents,
    ``after``; ``log_loss`` is by kind of curve. A logistic curve has slope and intercept, an isotonic one its knots.
    """

    bar: float | None
    support: float | None
    curve: dict[str, object] | None
    kept: dict[str, str]
    questions: int
    answerable: int
    documents: int
    bounds: dict[str, PromisedBar | None]
    log_loss: dict[str, float] | None
    figures: dict[str, dict[str, Estimate] | None]


class EvalCalibrate(TypedDict):
    """``citedesk eval calibrate``, and the settings file that it writes."""

    schema_version: int
    citedesk: str
    created_from: dict[str, object]
    fingerprints: dict[str, str]
    wanted: dict[str, float]
    languages: dict[str, CalibratedLanguage]


class Rate(TypedDict):
    """``passed`` of ``of``; ``rate`` is null of nothing, ``interval`` is the exact 95 % one."""

    passed: int
    of: int
    rate: float | None
    interval: Bounds


class PromptTokens(TypedDict):
    """Mean of one completion."""

    input: float
    output: float


class PromptResult(TypedDict):
    """One case.

    ``problem`` is null, down, slow, rejected, cut or malformed, and ``detail`` says more; ``failures`` says by
    expectation what was off; ``off_contract`` where the completion breaks the claim contract's schema; ``snapshot`` is
    same, changed (see ``diff``), new or none.
    """

    case: str
    tags: list[str]
    passed: bool
    problem: str | None
    detail: str
    failures: dict[str, str]
    off_contract: str
    snapshot: str
    diff: str
    input_tokens: int
    output_tokens: int
    latency_ms: float
    text: str


class PromptVariant(TypedDict):
    """``by_kind`` is keyed by the expectations that occur, ``snapshots`` counts their states."""

    variant: str
    prompts: list[str]
    cases: Rate
    by_kind: dict[str, Rate]
    compliance: Rate
    tokens: PromptTokens
    latency_ms: Latency | None
    snapshots: dict[str, int]
    results: list[PromptResult]


class EvalPrompts(TypedDict):
    """``citedesk eval prompts``; exit code 1 where something failed."""

    model: str
    goal: float
    variants: list[PromptVariant]
