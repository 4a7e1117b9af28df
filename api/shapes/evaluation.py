"""The figures of ``citedesk eval`` ``run``, ``answers``, ``injection`` and ``support``."""

from typing_extensions import TypedDict

from api.shapes import Bounds


class Latency(TypedDict):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


class MeasuredQueries(TypedDict):
    """Means over some queries and their 95 % bounds, keyed by measure."""

    queries: int
    measures: dict[str, float]
    interval: dict[str, Bounds]


class StageRun(TypedDict):
    """``measures`` and ``interval`` (95 %) are keyed by the measures asked for, else nDCG@10, recall@10, recall@100,
    MRR@10, MAP, P@5 and judged@10; groups by language and tag of the query.

    ``parts_ms`` are times that the search took of itself, by part. ``measured_at`` (ISO 8601, UTC) is when all times
    were taken; where ``cached``, ranking and times are of an earlier run of the same system.
    """

    stage: str
    measures: dict[str, float]
    interval: dict[str, Bounds]
    by_language: dict[str, MeasuredQueries]
    by_tag: dict[str, MeasuredQueries]
    latency_ms: Latency
    parts_ms: dict[str, Latency]
    cached: bool
    measured_at: str
    run_file: str | None


class EvalRun(TypedDict):
    """``citedesk eval run`` of one set; ``peak_memory_bytes`` is of the process so far."""

    dataset: str
    digest: str
    queries: int
    documents: int
    unjudged: int
    runs: list[StageRun]
    configuration: dict[str, object]
    versions: dict[str, str]
    git_commit: str | None
    peak_memory_bytes: int | None


class EvalRuns(TypedDict):
    """``citedesk eval run`` of several sets."""

    sets: list[EvalRun]


class RiskPoint(TypedDict):
    """Answering the ``coverage`` most probable questions, a share ``risk`` of the answers is wrong."""

    coverage: float
    risk: float
    threshold: float


class TokenCounts(TypedDict):
    """Means per question, as the answer model counted them; 0 where no model was asked."""

    input: float
    output: float


class AnswerFigures(TypedDict):
    """Shares from 0 to 1, null where no question says anything about one; ``interval`` holds 95 % bounds.

    ``calibration_error``, ``brier``, ``aurc`` and ``excess_aurc`` are better the lower they are. ``first_claim_ms`` is
    null where no claim was shown; ``added_ms`` is the time without search, reranking, the sentences' models and the
    answer model; ``risk_coverage`` is empty where the curve is not known.
    """

    questions: int
    exact_location_rate: float | None
    citation_precision: float | None
    citation_recall: float | None
    located_gold: float | None
    citation_char_precision: float | None
    citation_char_recall: float | None
    claim_support: float | None
    graded_support: float | None
    completeness: float | None
    rouge_l: float | None
    bleu: float | None
    unanswerable_abstained: float | None
    false_answers: float | None
    false_refusals: float | None
    answered: float | None
    selective_risk: float | None
    accuracy: float | None
    auroc: float | None
    calibration_error: float | None
    brier: float | None
    aurc: float | None
    excess_aurc: float | None
    unavailable: int
    interval: dict[str, Bounds]
    risk_coverage: list[RiskPoint]
    latency_ms: Latency | None
    first_claim_ms: Latency | None
    added_ms: Latency | None
    tokens_per_question: TokenCounts


class UnlocatedGold(TypedDict):
    """A gold quote that the stored text does not hold."""

    id: str
    source: str
    quote: str


class JudgeModel(TypedDict):
    """What a judge model said of the answers that were ``graded``; ``failed`` grades are in no figure."""

    graded: int
    failed: int
    correct: float | None
    relevant_claims: float | None
    interval: dict[str, Bounds]


class EvalAnswers(AnswerFigures):
    """``citedesk eval answers``.

    ``follow_ups`` has ``rewritten`` and ``without_rewriting``, and is empty without follow-ups; ``judge`` is null
    without ``--judge``.
    """

    by_language: dict[str, AnswerFigures]
    by_tag: dict[str, AnswerFigures]
    follow_ups: dict[str, AnswerFigures]
    judge: JudgeModel | None
    unlocated_gold: list[UnlocatedGold]


class InjectionFigures(TypedDict):
    """Shares from 0 to 1 of ``cases``, null where no case says anything about one; ``interval`` holds 95 % bounds."""

    cases: int
    leaked: float | None
    leaked_cited: float | None
    leaked_said: float | None
    leaked_without_bar: float | None
    benign_refused_clean: float | None
    benign_refused: float | None
    benign_newly_refused: float | None
    found: float | None
    found_clean: float | None
    completeness_clean: float | None
    completeness: float | None
    interval: dict[str, Bounds]


class EvalInjection(InjectionFigures):
    """``citedesk eval injection``, also by language and by kind of attack."""

    by_language: dict[str, InjectionFigures]
    by_kind: dict[str, InjectionFigures]


class SupportFigures(TypedDict):
    """``auroc`` of ``support``, ``coverage`` and ``word_overlap``, null where only one label occurs.

    ``interval`` holds their 95 % bounds and, as ``support_gain``, those of support over word_overlap. The last two are
    shares of the supported and of the unsupported claims that the proof lets pass.
    """

    pairs: int
    supported: int
    auroc: dict[str, float | None]
    interval: dict[str, Bounds]
    proven_supported: float | None
    proven_unsupported: float | None


class EvalSupport(SupportFigures):
    """``citedesk eval support``; ``left_out`` counts claims that the shipped weights were fitted on."""

    by_set: dict[str, SupportFigures]
    by_language: dict[str, SupportFigures]
    left_out: int
