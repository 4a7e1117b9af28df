"""What the commands besides ``ask`` and ``search`` print with ``--json``, as types that ``docs/json.md`` shows."""

# pydantic checks real output against these shapes in the tests, and on Python 3.11 only takes this TypedDict.
from typing_extensions import TypedDict

Bounds = list[float] | None


class Problem(TypedDict):
    """A file or attachment that gave no document, and why."""

    path: str
    outcome: str
    reason: str


class Ingest(TypedDict):
    """``citedesk ingest``; ``outcomes``: ingested, unchanged, empty, encrypted, unsupported, too_large, failed."""

    files: int
    outcomes: dict[str, int]
    problems: list[Problem]
    passages: int
    embedded: int
    removed: int
    seconds: float


class Source(TypedDict):
    """One file of a knowledge base; ``document_id`` is null where it never gave a document."""

    source: str
    content_hash: str
    pipeline: str
    outcome: str
    reason: str
    parser: str
    size: int
    mtime_ns: int
    document_id: str | None


class Documents(TypedDict):
    """``citedesk documents list``."""

    documents: list[Source]


class Block(TypedDict):
    """``kind`` is heading, paragraph, list_item, table or code; ``level`` 1 to 6 for headings, else 0."""

    kind: str
    span: tuple[int, int]
    level: int
    page: int | None


class Passage(TypedDict):
    """``text`` is the document's text at ``span``; ``kind`` is prose, table, code or faq."""

    chunk_id: str
    span: tuple[int, int]
    heading_path: list[str]
    page: int | None
    kind: str
    tokens: int
    text: str


class Document(TypedDict):
    """``citedesk documents show``."""

    document_id: str
    source: str
    title: str
    language: str
    metadata: dict[str, str]
    valid_from: str | None
    valid_until: str | None
    text: str
    blocks: list[Block]
    passages: list[Passage]


class DeletedDocuments(TypedDict):
    """``citedesk documents delete``; ``missing`` are sources that were not there."""

    deleted: int
    missing: list[str]


class KnowledgeBase(TypedDict):
    """Live documents and passages."""

    name: str
    documents: int
    passages: int


class KnowledgeBases(TypedDict):
    """``citedesk kb list``."""

    knowledge_bases: list[KnowledgeBase]


class KnowledgeBaseStats(KnowledgeBase):
    """``citedesk kb stats``; ``index_lag`` counts changes that each index has not seen yet."""

    outcomes: dict[str, int]
    languages: dict[str, int]
    index_lag: dict[str, int]


class DeletedKnowledgeBase(TypedDict):
    """``citedesk kb delete``."""

    deleted: str


class Rebuilt(TypedDict):
    """``citedesk rebuild``."""

    rebuilt: str


class IndexReport(TypedDict):
    """Passage ids that an index lacks, has too many, or holds and does not bring back."""

    arm: str
    passages: int
    missing: list[str]
    extra: list[str]
    unfindable: list[str]


class VerifiedKnowledgeBase(TypedDict):
    """Both indexes of one knowledge base."""

    kb: str
    indexes: list[IndexReport]


class Verify(TypedDict):
    """``citedesk verify``; exit code 1 where something is not sound."""

    sound: bool
    knowledge_bases: list[VerifiedKnowledgeBase]


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
    null where no claim was shown; ``risk_coverage`` is empty where the curve is not known.
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


class SetProblem(TypedDict):
    """``line`` is 0 where the whole file is meant; ``kind`` is a name such as quote_not_found or duplicate_id."""

    file: str
    line: int
    kind: str
    message: str


class EvalCheck(TypedDict):
    """``citedesk eval check``; exit code 1 with problems. ``format`` is beir, support or questions.

    ``judgements`` counts gold quotes or lines of the qrels, ``allowed`` the problems of kinds given with ``--allow``.
    """

    path: str
    format: str
    documents: int
    questions: int
    answerable: int
    judgements: int
    by_language: dict[str, int]
    allowed: int
    problems: list[SetProblem]


class RejectedRow(TypedDict):
    """``row`` is what a spreadsheet shows, where the header is row 1, or the line of a JSONL file."""

    row: int
    reason: str


class EvalImport(TypedDict):
    """``citedesk eval import csv`` and ``records``; exit code 1 with rejected rows; ``merged`` ones joined another."""

    questions: int
    answerable: int
    to_judge: int
    merged: int
    ignored_columns: list[str]
    rejected: list[RejectedRow]
    files: list[str]


class EvalQuestions(TypedDict):
    """``citedesk eval questions``; ``questions`` are lines of a questions file with ``accepted`` false.

    ``dropped`` is keyed by round_trip, duplicate, ambiguous and unlocated; ``model_failures`` counts passages for which
    templates stood in, ``model_down`` is why the model was no longer asked.
    """

    kb: str
    kept: int
    documents: int
    by_language: dict[str, int]
    by_kind: dict[str, int]
    dropped: dict[str, int]
    model_failures: int
    model_down: str
    out: str | None
    questions: list[dict[str, object]]


class EvalAccept(TypedDict):
    """``citedesk eval accept``: ids of drafts that were taken, that were there before, and that are left."""

    accepted: list[str]
    present: list[str]
    left: list[str]
    out: str


class Failure(TypedDict):
    """Any command that ends with exit code 2 or 3."""

    error: str
    retryable: bool
