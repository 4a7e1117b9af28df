"""What was used and how answers went of late."""

from typing_extensions import TypedDict


class Used(TypedDict):
    """``cached`` of the ``answers`` cost nothing; ``cost`` is by the prices of the settings, 0 without any."""

    requests: int
    answers: int
    cached: int
    input_tokens: int
    output_tokens: int
    cost: float


class UsageDay(Used):
    """Of one key and day in UTC; ``key`` is its prefix, empty for whoever needed none, ``label`` what it is for."""

    tenant: str
    key: str
    label: str
    day: str


class BudgetLeft(TypedDict):
    """Tokens of the present period; ``key`` is empty for the budget of the whole tenant. ``held`` are for answers that
    are being made."""

    tenant: str
    key: str
    label: str
    period: str
    budget: int
    spent: int
    held: int
    left: int


class Usage(TypedDict):
    """``citedesk usage`` and ``GET /v1/usage``: from ``since`` to ``until``, both included, newest day first."""

    since: str
    until: str
    total: Used
    days: list[UsageDay]
    budgets: list[BudgetLeft]


class QualityCounts(TypedDict):
    """``answers`` are all; ``abstained`` those with too little evidence; ``proven`` and ``dropped`` count claims that
    were drafted, ``up`` and ``down`` thumbs. Rates are from 0 to 1, null where nothing was counted: abstentions among
    what was answered or abstained from, drafted claims that were not proven, thumbs that are down."""

    answers: int
    answered: int
    abstained: int
    refused: int
    unavailable: int
    proven: int
    dropped: int
    up: int
    down: int
    abstention_rate: float | None
    proof_failure_rate: float | None
    dislike_rate: float | None


class QualityWindow(QualityCounts):
    """The last ``hours``, up to now."""

    hours: int


class QualityStep(QualityCounts):
    """From ``at`` (ISO time in UTC) for one ``step``."""

    at: str


class LiveQuality(TypedDict):
    """``GET /v1/quality/live``. ``windows`` are 1, 24 and 168 hours; ``steps`` those in which something happened,
    oldest first: hours of the last two days, or days of the last thirty."""

    windows: list[QualityWindow]
    step: str
    steps: list[QualityStep]
