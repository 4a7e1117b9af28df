"""Requests that nobody thought of: no status 5xx, and no answer that the OpenAPI document does not describe.

``make test-api-fuzz`` goes on for ``CITEDESK_TEST_FUZZ_SECONDS``; here a small, fixed part of it is sent.
"""

import os

import pytest
from fuzzed_home import TRACE_ID, FuzzedHome
from made_up_requests import Reach
from tenant_home import ALL

from api.cursor import cursor_of
from store.key import Scope

SECONDS = int(os.environ.get("CITEDESK_TEST_FUZZ_SECONDS", "0"))
# In every run of the tests: the same requests each time.
SHORT = Reach(phases=("examples", "fuzzing"), examples=8)
ROLES = {"of all scopes": ALL, "that only asks": frozenset({Scope.ASK})}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = FuzzedHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


def told(found):
    return "\n\n".join(f"{where}\n{why[:1_500]}" for where, why in found.wrong.items())


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_to_made_up_requests_is_a_described_one(home, role):
    found = home.fuzz(home.key(scopes=ROLES[role]), SHORT)

    assert found.wrong == {}, told(found)
    assert len(found.operations) == 48
    assert found.requests > 300


def test_no_hostile_word_in_any_place_is_answered_by_an_error_of_ours(home):
    found = home.assail(home.key())

    assert found.wrong == {}, told(found)
    assert found.requests > 2_000


@pytest.mark.skipif(not SECONDS, reason="`make test-api-fuzz` sends made-up requests for five minutes")
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("role", ROLES)
def test_minutes_of_made_up_requests_that_follow_from_one_another(home, role, capsys):
    phases = ("examples", "coverage", "fuzzing", "stateful")
    reach = Reach(phases=phases, examples=50, seconds=SECONDS // len(ROLES))

    found = home.fuzz(home.key(scopes=ROLES[role]), reach)

    with capsys.disabled():
        print(f"\na key {role}: {found.requests} requests, {dict(found.phases)}, {dict(found.statuses)}")
        print(f"never with success: {', '.join(sorted(found.operations - found.succeeded))}")
    assert found.wrong == {}, told(found)
    assert len(found.operations) == 48


@pytest.fixture(scope="module")
def token(home):
    return home.key()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/documents/%00"),
        ("PATCH", "/v1/documents/密%00"),
        ("POST", "/v1/keys/%00/revoke"),
        ("DELETE", "/v1/feedback/a%00b"),
    ],
)
def test_what_has_a_nul_in_its_name_is_not_there(home, token, method, path):
    body = {"json": {"metadata": {"产品": "Gate"}}} if method == "PATCH" else {}
    assert home.send(method, path, token, **body).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/keys", {"scopes": ["ask"], "label": "网\0站"}),
        ("/v1/search", {"query": "退款", "kb": "faq", "filter": {"where": {"产\0品": "Gate"}}}),
        ("/v1/search", {"query": "refund", "kb": "faq", "filter": {"without": {"product": ["Ga\0te"]}}}),
        ("/v1/search", {"query": "refund", "kb": "faq", "why": "refunds\0.md"}),
        ("/v1/feedback", {"trace_id": "trace\0", "rating": "up"}),
    ],
)
def test_a_name_or_filter_with_a_nul_is_refused_where_it_stands(home, token, path, body):
    response = home.send("POST", path, token, json=body)

    assert response.status_code == 422
    assert "is a NUL" in response.text


def test_an_answer_of_a_knowledge_base_that_was_deleted_meanwhile_is_not_there(home, token):
    home.desk.traces["trace-gone"] = "没有了"

    response = home.send("POST", "/v1/feedback", token, json={"trace_id": "trace-gone", "rating": "up"})

    assert response.status_code == 404
    assert "there is no trace 'trace-gone'" in response.json()["detail"]


def test_a_cursor_that_holds_a_nul_is_none_of_ours(home, token):
    response = home.send("GET", "/v1/documents", token, params={"kb": "faq", "cursor": cursor_of("退\0款")})

    assert response.status_code == 422
    assert "is no cursor of this service" in response.json()["detail"]


def test_a_question_with_a_nul_is_answered(home, token):
    response = home.send("POST", "/v1/ask", token, json={"question": "Refunds\0? 退款？", "kb": "faq"})

    assert response.status_code == 200


def test_what_is_said_of_a_question_with_a_nul_is_kept(home, token, monkeypatch):
    trace = home.desk.trace(TRACE_ID)
    asked = {**trace, "question": {**trace["question"], "text": "发票\0多久？"}, "trace_id": "trace-nul"}
    monkeypatch.setattr(home.desk, "trace", lambda trace_id: asked)

    response = home.send("POST", "/v1/feedback", token, json={"trace_id": "trace-nul", "rating": "up"})

    assert response.status_code == 201
    assert response.json()["question"] == "发票多久？"


def test_a_part_of_a_message_of_no_known_kind_is_refused_whatever_it_is(home, token):
    parts = [{"type": {}, "text": "退款？"}]
    body = {"model": "citedesk/faq", "messages": [{"role": "user", "content": parts}]}

    response = home.send("POST", "/v1/chat/completions", token, json=body)

    assert response.status_code == 400
    assert response.json()["error"]["param"] == "messages[0].content"


def test_a_model_with_a_line_end_in_its_name_is_unknown_in_the_shape_of_openais_clients(home, token):
    response = home.send("GET", "/v1/models/a%0A密", token)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"
