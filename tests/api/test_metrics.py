"""The page of figures: what is counted, under which labels, and who reads it."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tenant_home import TenantHome

from answer.health import Gauges
from answer.models.breaker import BreakerState
from api.app import create_app
from api.errors import STATUS_CODES
from api.metrics import METHODS, OTHER, PARTS, REASONS, STEPS, Metrics
from core.errors import RecordError
from core.types import AnswerStatus, SearchStage, Step, Usage
from store.job import JobState
from store.key import Scope
from store.live_quality import Quality


def samples(page):
    """Value by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def value(found, name, **labels):
    return found.get((name, tuple(sorted(labels.items()))))


def asked(desk, *requests):
    """The figures after these requests, each a method, a path and a body."""

    async def go():
        transport = httpx.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for method, path, body in requests:
                await client.request(method, path, json=body)
            return await client.get("/metrics")

    response = asyncio.run(go())
    assert response.headers["content-type"].startswith("text/plain; version=")
    return samples(response.text)


@pytest.mark.parametrize(("redis_up", "shown"), [(True, 1), (False, 0), (None, None)])
def test_whether_redis_answers_is_a_figure_where_there_is_one(redis_up, shown):
    found = samples(Metrics(lambda: Gauges(redis_up=redis_up)).page().decode())

    assert value(found, "citedesk_redis_up") == shown


def test_answers_claims_tokens_and_requests_are_counted(make_desk):
    ask = ("POST", "/v1/ask", {"question": "退款多久？"})
    streamed = ("POST", "/v1/ask", {"question": "refund?", "stream": True})
    found = asked(make_desk(), ask, streamed, ("POST", "/v1/ask", {"question": "nothing"}))

    assert value(found, "citedesk_answers_total", status="answered", reason="none") == 2
    assert value(found, "citedesk_answers_total", status="insufficient_evidence", reason="other") == 1
    assert value(found, "citedesk_claims_total", outcome="proven") == 4
    assert value(found, "citedesk_claims_total", outcome="dropped") == 3
    assert value(found, "citedesk_model_tokens_total", direction="input") == 36
    assert value(found, "citedesk_http_requests_total", method="POST", route="/v1/ask", status="200") == 3
    assert value(found, "citedesk_http_request_seconds_count", route="/v1/ask") == 3
    assert value(found, "citedesk_step_seconds_sum", step="retrieve") == pytest.approx(3 * 0.00123456)


def test_an_answer_given_again_counts_as_a_hit_and_its_claims_once(make_answer):
    metrics = Metrics(Gauges)
    made = make_answer("退款？")
    metrics.answer(made)
    metrics.answer(replace(made, cached=True, usage=Usage(), timings_ms={"total": 1.0}))
    found = samples(metrics.page().decode())
    assert value(found, "citedesk_answer_cache_total", outcome="hit") == 1
    assert value(found, "citedesk_answer_cache_total", outcome="miss") == 1
    assert value(found, "citedesk_claims_total", outcome="proven") == 2
    assert value(found, "citedesk_answers_total", status="answered", reason="none") == 2


def test_a_search_counts_its_steps_and_what_it_went_without(make_desk):
    found = asked(make_desk(), ("POST", "/v1/search", {"query": "发票", "stage": "hybrid"}))
    assert value(found, "citedesk_searches_total", stage="hybrid") == 1
    assert value(found, "citedesk_step_seconds_sum", step="lexical") == pytest.approx(0.0005)
    assert value(found, "citedesk_degraded_total", part="other") == 1


def test_figures_of_now_are_read_when_the_page_is(make_desk):
    desk = make_desk()
    desk.figures = Gauges(
        index_lag={"dense": 7, "lexical": 0},
        jobs={"queued": 2},
        breakers={"qwen3": BreakerState.OPEN},
        traces_lost=5,
        disk_free_bytes=123,
    )
    found = asked(desk)
    assert value(found, "citedesk_index_lag_changes", arm="dense") == 7
    assert value(found, "citedesk_jobs", state="queued") == 2
    assert value(found, "citedesk_breaker_open", model="qwen3") == 2
    assert value(found, "citedesk_traces_lost_total") == 5
    assert value(found, "citedesk_disk_free_bytes") == 123
    assert value(found, "citedesk_http_requests_in_progress") == 1  # this one


def test_a_record_that_is_gone_leaves_the_other_figures_on_the_page(make_answer):
    def gone():
        raise RecordError("record.sqlite is gone")

    metrics = Metrics(gone)
    metrics.answer(replace(make_answer("?"), timings_ms={"total": 250.0, "first_claim": 100.0}))
    found = samples(metrics.page().decode())
    assert value(found, "citedesk_first_claim_seconds_sum") == pytest.approx(0.1)
    assert value(found, "citedesk_answer_seconds_sum") == pytest.approx(0.25)
    assert value(found, "citedesk_traces_lost_total") is None


BOUNDED = {
    "of": set(Quality.__slots__),
    "method": METHODS | {OTHER},
    "status": STATUS_CODES | {status.value for status in AnswerStatus} | {OTHER},
    "reason": REASONS | {OTHER},
    "part": PARTS | {OTHER},
    "outcome": {"proven", "dropped", "hit", "miss"},
    "direction": {"input", "output"},
    "step": STEPS | {step.value for step in Step},
    "stage": {stage.value for stage in SearchStage},
    "arm": {"dense", "lexical"},
    "state": {state.value for state in JobState},
    "model": {"the settings' own"},
}
STANDARD = {"le", "generation", "implementation", "major", "minor", "patchlevel", "version"}


def test_no_label_holds_what_a_request_said(make_desk):
    """Every label of every sample, after requests that put a word of their own wherever one fits."""
    desk = make_desk()
    desk.figures = replace(desk.figures, breakers={"the settings' own": BreakerState.CLOSED})
    word = "Kundennummer-4711-密"
    found = asked(
        desk,
        ("POST", "/v1/ask", {"question": word, "kb": "产品手册"}),
        ("POST", "/v1/ask", {"question": "later NotFound"}),
        ("POST", "/v1/ask", {"question": f"raise {word}"}),
        ("POST", "/v1/ask", {"question": "down", "kb": word}),
        ("POST", "/v1/search", {"query": word, "kb": "default"}),
        ("POST", "/v1/search", {"query": word, "stage": word}),
        ("GET", f"/v1/answers/{word}", None),
        ("GET", f"/{word}", None),
        ("GET", "/v1/kbs/" + word, None),
        ("KUNDE", "/v1/kbs", None),
        ("PUT", "/v1/ask", None),
    )
    routes = {route.path for router in create_app(desk).router.routes for route in routes_of(router)} | {OTHER}
    for name, labels in found:
        for label, said in labels:
            allowed = routes if label == "route" else BOUNDED.get(label)
            assert label in STANDARD or (allowed is not None and said in allowed), (name, label, said)
    assert value(found, "citedesk_http_requests_total", method=OTHER, route="/v1/kbs", status="405") == 1
    assert value(found, "citedesk_http_requests_total", method="GET", route=OTHER, status="404") == 1


def test_how_the_last_day_went_is_read_from_the_record(make_desk):
    desk = make_desk()
    desk.figures = replace(desk.figures, last_day=Quality(answers=9, answered=5, abstained=4, up=2, down=1))
    found = asked(desk)
    counts = {name: value(found, "citedesk_last_day", of=name) for name in ("answers", "abstained", "down", "dropped")}
    assert counts == {"answers": 9, "abstained": 4, "down": 1, "dropped": 0}


def routes_of(route):
    """A route, or those of a router that stands in its place."""
    inner = getattr(route, "original_router", None)
    return inner.routes if inner is not None else [route]


def test_the_reason_of_a_failure_is_no_label(make_answer):
    metrics = Metrics(Gauges)
    failed = replace(
        make_answer("?"), status=AnswerStatus.UNAVAILABLE, reason="/srv/secret is gone", usage=Usage(cost=0.5)
    )
    metrics.answer(failed)
    page = metrics.page().decode()
    assert "secret" not in page
    assert value(samples(page), "citedesk_model_cost_total") == 0.5


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


def test_only_who_runs_the_home_reads_the_figures(home):
    admin = frozenset({Scope.ADMIN})
    callers = {
        "admin": (home.key(scopes=admin), 200),
        "other scope": (home.key(scopes=frozenset({Scope.ASK, Scope.SEARCH})), 403),
        "admin of one base": (home.key(scopes=admin, kbs=frozenset({"faq"})), 404),
        "admin of another tenant": (home.key("星海", scopes=admin), 404),
        "no key": ("", 401),
    }
    got = {name: home.send("GET", "/metrics", token).status_code for name, (token, _) in callers.items()}
    assert got == {name: expected for name, (_, expected) in callers.items()}


def test_figures_of_a_home_with_tenants_name_none_of_them(home):
    home.desk.put("发票.md", "电子发票在提交申请后两个工作日内开出。", kb="星海/手册")
    home.desk.catch_up()
    token = home.key("星海", scopes=frozenset(Scope))
    assert home.send("POST", "/v1/ask", token, json={"question": "发票多久？", "kb": "手册"}).status_code == 200
    page = home.send("GET", "/metrics", home.key(scopes=frozenset({Scope.ADMIN}))).text
    assert not [word for word in ("星海", "手册", "发票", "acme", "cdk_") if word in page]
