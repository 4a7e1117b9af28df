"""The service's figures in Prometheus' words, on ``/metrics``. The only file that imports its client.

Labels hold words of ours (routes, states, steps) and the models that the settings name, never what a request says: an
unknown word counts as ``other``. No knowledge base, tenant or key is a label; the figures are the whole home's.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import cast

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from answer.health import Gauges
from answer.models.breaker import BreakerState
from api.errors import STATUS_CODES
from api.minutes import Minutes
from api.schemas import JsonObject
from core.errors import CitedeskError
from core.types import Answer, SearchStage

METRICS_TYPE = CONTENT_TYPE_LATEST
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REASONS = frozenset(
    {
        "none",
        "nothing_relevant",
        "related_but_not_answering",
        "conflicting",
        "not_valid_at_date",
        "nothing_proven",
        "only_orders",
    }
)
PARTS = frozenset({"dense", "lexical", "rerank", "cross_encoder", "main_model", "model"})
STEPS = frozenset(
    {"retrieve", "embed", "dense", "lexical", "fuse", "rerank", "guard", "sentences", "decide", "model", "prove"}
)

_SEARCH_ROUTE = "/v1/search"
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_OPENNESS = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of the page, by the name and the labels that it has there."""

    name: str
    labels: Mapping[str, str]
    value: float


class Metrics:
    """Counts what it is told, and reads ``gauges`` when it is asked for the page. Thread-safe.

    ``minutes`` has answers, their first claims and searches of the last hour; ``began`` is in seconds since 1970.
    """

    def __init__(self, gauges: Callable[[], Gauges]) -> None:
        # A second series for each counter, of when it began, doubles the page and is read by nobody here.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the client has no types for it
        self.registry = CollectorRegistry()
        self.minutes, self.began = Minutes(), time.time()
        self._http(self.registry)
        self._answers(self.registry)
        self.registry.register(_Now(gauges))
        for standard in (ProcessCollector, PlatformCollector):
            standard(registry=self.registry)
        GCCollector(registry=self.registry)

    def _http(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "citedesk_http_requests", "Requests by route.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "citedesk_http_request_seconds",
            "From the request to the end of its response.",
            ("route",),
            buckets=_SLOW,
            registry=registry,
        )
        self.in_progress = Gauge(
            "citedesk_http_requests_in_progress", "Requests without an end yet.", registry=registry
        )

    def _answers(self, registry: CollectorRegistry) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"citedesk_{name}", what, labels, registry=registry)

        def histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"citedesk_{name}_seconds", what, labels, buckets=buckets, registry=registry)

        self._answered = counter("answers", "Answers by status and the reason for none.", "status", "reason")
        self._answer_seconds = histogram("answer", "A whole answer.", _SLOW)
        self._first_claim = histogram("first_claim", "From the question to its first proven claim.", _SLOW)
        self._step_seconds = histogram("step", "A step of an answer or a search.", _FAST, "step")
        self._cache = counter("answer_cache", "Answers that were made before, and those made anew.", "outcome")
        self._claims = counter("claims", "Claims that were drafted.", "outcome")
        self._degraded = counter("degraded", "Answers and searches that went without a part.", "part")
        self._tokens = counter("model_tokens", "Tokens of the answer models.", "direction")
        self._cost = counter("model_cost", "By the prices of the settings, in their currency.")
        self._next_steps = counter("next_steps", "What is to be done with an answer.", "step")
        self._searches = counter("searches", "Searches by stage.", "stage")
        self.waiting = Gauge("citedesk_answers_waiting", "Answers that wait for a place.", registry=registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request is over. ``route`` is the template that it met, or ``other``."""
        self._requests.labels(_known(method, METHODS), route, _known(str(status), STATUS_CODES)).inc()
        self._seconds.labels(route).observe(seconds)
        if route == _SEARCH_ROUTE:
            self.minutes.add("search", seconds)

    def answer(self, answer: Answer) -> None:
        """One answer is whole."""
        timings = answer.timings_ms
        self._answered.labels(answer.status.value, _known(answer.reason or "none", REASONS)).inc()
        self._cache.labels("hit" if answer.cached else "miss").inc()
        if not answer.cached:
            self._claims.labels("proven").inc(len(answer.claims))
            self._claims.labels("dropped").inc(answer.dropped)
        self._tokens.labels("input").inc(answer.usage.input_tokens)
        self._tokens.labels("output").inc(answer.usage.output_tokens)
        self._cost.inc(answer.usage.cost or 0.0)
        self._next_steps.labels(answer.next_step.step.value).inc()
        self._went(answer.degraded, timings)
        whole = ("total", "answer", self._answer_seconds)
        for timing, name, histogram in (whole, ("first_claim", "first_claim", self._first_claim)):
            if timing in timings:
                histogram.observe(timings[timing] / 1000)
                self.minutes.add(name, timings[timing] / 1000)

    def search(self, stage: SearchStage, document: JsonObject) -> None:
        """One search is over; ``document`` is the ``search`` shape."""
        self._searches.labels(stage.value).inc()
        degraded, timings = document["degraded"], document["timings_ms"]
        self._went(cast("Sequence[str]", degraded), cast("Mapping[str, float]", timings))

    def page(self) -> bytes:
        """All of it as text. Blocks."""
        return generate_latest(self.registry)

    def figures(self) -> Iterator[Figure]:
        """What was counted since the start, without the gauges, which are read from the record."""
        counters = (self._requests, self._answered, self._cache, self._claims, self._degraded, self._tokens)
        more = (self._cost, self._next_steps, self._searches)
        spreads = (self._seconds, self._answer_seconds, self._first_claim, self._step_seconds)
        for family in chain.from_iterable(metric.collect() for metric in (*counters, *more, *spreads)):
            for sample in family.samples:
                yield Figure(sample.name, sample.labels, sample.value)

    def _went(self, degraded: Sequence[str], timings: Mapping[str, float]) -> None:
        for part in degraded:
            self._degraded.labels(_known(part, PARTS)).inc()
        for step in STEPS & timings.keys():
            self._step_seconds.labels(step).observe(timings[step] / 1000)


class _Now(Collector):
    """Figures that are read when they are asked for; without them the page still holds all others."""

    def __init__(self, gauges: Callable[[], Gauges]) -> None:
        self._gauges = gauges

    def describe(self) -> Iterator[Metric]:
        """The names, so that nothing is read before the page is asked for."""
        return _families(Gauges())

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        try:
            now = self._gauges()
        except CitedeskError as error:
            logger.warning("figures of the record are left out of /metrics: %s", error)
            return
        yield from _families(now)


def _families(now: Gauges) -> Iterator[Metric]:
    lag = GaugeMetricFamily(
        "citedesk_index_lag_changes",
        "Changes of the record that an arm has not seen, of the knowledge base furthest behind.",
        labels=("arm",),
    )
    for arm, changes in now.index_lag.items():
        lag.add_metric((arm,), changes)
    jobs = GaugeMetricFamily("citedesk_jobs", "Jobs of the record.", labels=("state",))
    for state, count in now.jobs.items():
        jobs.add_metric((state,), count)
    breakers = GaugeMetricFamily("citedesk_breaker_open", "0 closed, 1 half open, 2 open.", labels=("model",))
    for model, how in now.breakers.items():
        breakers.add_metric((model,), _OPENNESS[how])
    day = GaugeMetricFamily(
        "citedesk_last_day", "Answers, drafted claims and thumbs of the last 24 hours, from the record.", labels=("of",)
    )
    for name, count in asdict(now.last_day).items():
        day.add_metric((name,), count)
    redis = GaugeMetricFamily("citedesk_redis_up", "1 where Redis answers, 0 where it is away; nothing without one.")
    if now.redis_up is not None:
        redis.add_metric((), now.redis_up)
    yield from (lag, jobs, breakers, day, redis)
    yield CounterMetricFamily("citedesk_traces_lost", "Traces that could not be kept.", value=now.traces_lost)
    yield GaugeMetricFamily("citedesk_disk_free_bytes", "Where the home is.", value=now.disk_free_bytes)


def _known(word: str, words: frozenset[str]) -> str:
    return word if word in words else OTHER
