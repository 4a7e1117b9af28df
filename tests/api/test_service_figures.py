"""What the service says of itself to whoever runs it."""

import json
from datetime import UTC, datetime

import pytest
from tenant_home import TenantHome

from answer.health import Gauges
from answer.models.breaker import BreakerState
from api.figures import service_figures
from api.limits.limits import Limits
from api.limits.rates import Rates
from api.limits.turnstile import Turnstile
from api.metrics import Metrics
from core.settings import LimitSettings
from store.key import Scope


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


def test_answers_searches_and_requests_are_told_with_their_times(home):
    admin = home.key()
    for question in ("How long are refunds?", "发票多久能开出来？"):
        assert home.send("POST", "/v1/ask", admin, json={"question": question, "kb": "faq"}).status_code == 200
    home.send("POST", "/v1/search", admin, json={"query": "发票", "kb": "手册", "stage": "hybrid"})
    home.send("POST", "/v1/search", admin, json={"query": "发票", "kb": "nowhere"})
    told = home.send("GET", "/v1/service", admin).json()

    routes = {each["route"]: each for each in told["routes"]}
    steps = {each["step"]: each for each in told["steps"]}
    assert sum(told["answers"].values()) == 2
    assert told["searches"] == {"hybrid": 1}
    assert (routes["/v1/ask"]["count"], routes["/v1/ask"]["failed"]) == (2, 0)
    assert routes["/v1/search"]["count"] == 2
    assert steps["retrieve"]["count"] == 3
    assert 0 < steps["retrieve"]["p50_ms"] <= steps["retrieve"]["p95_ms"] <= steps["retrieve"]["p99_ms"]
    last = told["minutes"][-1]
    assert sum(minute["spent"].get("search", {"count": 0})["count"] for minute in told["minutes"]) == 2
    assert datetime.fromisoformat(last["at"]) <= datetime.now(UTC)
    assert datetime.fromisoformat(last["at"]).second == 0
    assert told["limits"] is None


def test_every_index_that_the_caller_sees_is_told_of_and_no_other(home):
    home.desk.put("新.md", "Refunds take 14 days. 退款需要 14 天。", kb="手册")
    told = home.send("GET", "/v1/service", home.key()).json()
    home.desk.catch_up()

    assert [each["kb"] for each in told["kbs"]] == ["faq", "手册"]
    assert told["kbs"][0]["lag"] == {"dense": 0, "lexical": 0}
    assert min(told["kbs"][1]["lag"].values()) > 0


@pytest.mark.parametrize(
    ("tenant", "how"),
    [("acme", {}), ("default", {"kbs": frozenset({"faq"})}), ("default", {"scopes": frozenset({Scope.INGEST})})],
)
def test_whoever_does_not_run_the_home_is_told_nothing_of_it(home, tenant, how):
    refused = home.send("GET", "/v1/service", home.key(tenant, **how))
    assert refused.status_code == (403 if "scopes" in how else 404)
    assert "faq" not in refused.text


def test_counts_ranks_and_what_is_now_are_put_together(make_answer):
    metrics = Metrics(Gauges)
    for seconds, status in ((0.02, 200), (0.02, 200), (0.2, 503), (0.2, 422)):
        metrics.request("POST", "/v1/ask", status, seconds)
    metrics.request("GET", "/v1/kbs", 200, 0.02)
    metrics.answer(make_answer("退款？"))
    settings = LimitSettings(key_rate="", key_tokens=5, route_rates={"ask": "5/minute"})
    limits = Limits(settings=settings, rates=Rates(settings), turnstile=Turnstile(object(), settings))
    gauges = Gauges(index_lag={"dense": 3}, breakers={"qwen": BreakerState.HALF_OPEN}, jobs={"failed": 1})
    told = service_figures(metrics, gauges, limits, [{"kb": "手册", "lag": {"dense": 3}}])

    ask, kbs = told["routes"]
    # Two of four in the bucket up to 25 ms, two in the one up to 250 ms.
    assert (ask["route"], ask["count"], ask["failed"], ask["p50_ms"]) == ("/v1/ask", 4, 1, 25.0)
    assert ask["p95_ms"] == pytest.approx(100 + 150 * 0.9)
    assert (kbs["route"], kbs["count"]) == ("/v1/kbs", 1)
    assert told["breakers"] == {"qwen": "half_open"}
    assert told["lag"] == {"dense": 3}
    assert told["kbs"] == [{"kb": "手册", "lag": {"dense": 3}}]
    assert told["answers"] == {"answered": 1}
    assert told["claims"] == {"dropped": 1, "proven": 2}
    assert told["tokens"] == {"input": 12, "output": 3}
    assert told["limits"]["key_tokens"] == 5
    assert told["limits"]["tenant_tokens"] is None
    assert told["limits"]["route_rates"] == {"ask": "5/minute"}
    assert (told["limits"]["making"], told["limits"]["waiting"]) == (0, 0)
    json.dumps(told, allow_nan=False)
