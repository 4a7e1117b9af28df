"""What the service says of itself to whoever runs it: the document of ``GET /v1/service``."""

from typing_extensions import TypedDict


class Spent(TypedDict):
    """Observations, and the milliseconds that half, 95 and 99 of 100 of them did not exceed; null without any."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class RouteFigures(Spent):
    """``failed`` counts the responses of 500 and more."""

    route: str
    failed: int


class StepFigures(Spent):
    """A step of an answer or a search; ``answer`` is a whole answer, ``first_claim`` the way to its first claim."""

    step: str


class MinuteFigures(TypedDict):
    """By name: answer, first_claim, search. Times are ISO 8601 in UTC."""

    at: str
    spent: dict[str, Spent]


class KnowledgeBaseLag(TypedDict):
    """The changes of the record that each index has not seen yet."""

    kb: str
    lag: dict[str, int]


class LimitsNow(TypedDict):
    """The settings in force, and how many answers are made and waited for. Rates are empty, budgets null where there
    are none; budgets are tokens of a ``period``."""

    key_rate: str
    tenant_rate: str
    route_rates: dict[str, str]
    key_answers: int
    answers: int
    wait_seconds: float
    key_tokens: int | None
    tenant_tokens: int | None
    tokens_of: dict[str, int]
    period: str
    making: int
    waiting: int


class ServiceFigures(TypedDict):
    """Counts are since ``since``, when this process began; ``lag`` is that of the knowledge base furthest behind,
    ``kbs`` names those that the caller sees. ``breakers`` by model: closed, half_open or open. ``minutes`` are those of
    the last hour in which something happened. ``limits`` is null where nothing is limited."""

    since: str
    lag: dict[str, int]
    kbs: list[KnowledgeBaseLag]
    jobs: dict[str, int]
    breakers: dict[str, str]
    traces_lost: int
    disk_free_bytes: int
    answers: dict[str, int]
    claims: dict[str, int]
    cache: dict[str, int]
    degraded: dict[str, int]
    searches: dict[str, int]
    tokens: dict[str, int]
    cost: float
    routes: list[RouteFigures]
    steps: list[StepFigures]
    minutes: list[MinuteFigures]
    limits: LimitsNow | None
