"""The document of ``GET /v1/service``: what the registry of ``/metrics`` counted, in words that a page can draw."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from answer.health import Gauges
from api.errors import failed_here
from api.limits.limits import Limits
from api.metrics import Figure, Metrics
from api.minutes import Minute
from api.shapes.figures import (
    KnowledgeBaseLag,
    LimitsNow,
    MinuteFigures,
    RouteFigures,
    ServiceFigures,
    Spent,
    StepFigures,
)
from api.spread import Spread, from_cumulative

_SPREADS = {"citedesk_answer_seconds_bucket": "answer", "citedesk_first_claim_seconds_bucket": "first_claim"}


def service_figures(
    metrics: Metrics, gauges: Gauges, limits: Limits | None, kbs: Iterable[KnowledgeBaseLag]
) -> ServiceFigures:
    """All of it, ready for JSON."""
    figures = list(metrics.figures())
    return {
        "since": _iso(metrics.began),
        "lag": dict(gauges.index_lag),
        "kbs": list(kbs),
        "jobs": dict(gauges.jobs),
        "breakers": {model: state.value for model, state in gauges.breakers.items()},
        "traces_lost": gauges.traces_lost,
        "disk_free_bytes": gauges.disk_free_bytes,
        "answers": _counted(figures, "citedesk_answers_total", "status"),
        "claims": _counted(figures, "citedesk_claims_total", "outcome"),
        "cache": _counted(figures, "citedesk_answer_cache_total", "outcome"),
        "degraded": _counted(figures, "citedesk_degraded_total", "part"),
        "searches": _counted(figures, "citedesk_searches_total", "stage"),
        "tokens": _counted(figures, "citedesk_model_tokens_total", "direction"),
        "cost": sum(each.value for each in figures if each.name == "citedesk_model_cost_total"),
        "routes": _routes(figures),
        "steps": _steps(figures),
        "minutes": [_minute(each) for each in metrics.minutes.lines()],
        "limits": None if limits is None else _limits(limits),
    }


def spent(spread: Spread) -> Spent:
    """The ranks that people look at, in milliseconds."""
    p50, p95, p99 = (spread.quantile(share) for share in (0.5, 0.95, 0.99))
    return {"count": spread.total, "p50_ms": _ms(p50), "p95_ms": _ms(p95), "p99_ms": _ms(p99)}


def _counted(figures: Iterable[Figure], name: str, label: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for figure in figures:
        if figure.name == name:
            counts[figure.labels[label]] += int(figure.value)
    return dict(sorted(counts.items()))


def _spreads(figures: Iterable[Figure], name_of: Callable[[Figure], str | None]) -> dict[str, Spread]:
    """By the name that ``name_of`` gives a bucket; None leaves it out."""
    upto: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for figure in figures:
        name = name_of(figure) if "le" in figure.labels else None
        if name is not None:
            upto[name].append((float(figure.labels["le"]), figure.value))
    return {name: from_cumulative(pairs) for name, pairs in upto.items()}


def _routes(figures: list[Figure]) -> list[RouteFigures]:
    failed: Counter[str] = Counter()
    for figure in figures:
        status = figure.labels.get("status", "")
        if figure.name == "citedesk_http_requests_total" and status.isdecimal() and failed_here(int(status)):
            failed[figure.labels["route"]] += int(figure.value)
    spreads = _spreads(figures, lambda figure: figure.labels.get("route"))
    found: list[RouteFigures] = [
        {"route": route, "failed": failed[route], **spent(spread)} for route, spread in spreads.items()
    ]
    return sorted(found, key=lambda each: (-each["count"], each["route"]))


def _steps(figures: list[Figure]) -> list[StepFigures]:
    spreads = _spreads(figures, lambda figure: figure.labels.get("step") or _SPREADS.get(figure.name))
    return [{"step": step, **spent(spread)} for step, spread in sorted(spreads.items()) if spread.total]


def _minute(minute: Minute) -> MinuteFigures:
    return {"at": _iso(minute.began), "spent": {name: spent(spread) for name, spread in minute.spreads.items()}}


def _limits(limits: Limits) -> LimitsNow:
    settings, turnstile = limits.settings, limits.turnstile
    return {
        "key_rate": settings.key_rate,
        "tenant_rate": settings.tenant_rate,
        "route_rates": dict(settings.route_rates),
        "key_answers": settings.key_answers,
        "answers": settings.answers,
        "wait_seconds": settings.wait_seconds,
        "key_tokens": settings.key_tokens,
        "tenant_tokens": settings.tenant_tokens,
        "tokens_of": dict(settings.tokens_of),
        "period": settings.period,
        "making": turnstile.making,
        "waiting": turnstile.waiting,
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 3)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
