"""How an answer came about, over HTTP: for those who may see its knowledge base; for others it is not there."""

import asyncio
import json

import pytest
from pydantic import TypeAdapter

from answer.traces.replay import compare
from answer.traces.trace_json import trace_from
from api.caller import OPERATOR, Caller
from api.room import Room
from api.shapes.traces import Replay, Trace
from api.trace_examples import traced
from core.errors import NotFound
from store.key import Scope
from store.traces import unknown_trace


def test_an_answers_trace_is_found_by_the_id_that_the_answer_carries(served):
    trace_id = served.client.post("/v1/ask", json={"question": "保留多久？"}).json()["trace_id"]

    response = served.client.get(f"/v1/answers/{trace_id}")

    assert response.status_code == 200
    assert "保留多久" in response.content.decode("utf-8")
    TypeAdapter(Trace).validate_json(response.content, strict=True)
    assert response.json().keys() == Trace.__required_keys__


def test_a_replay_says_what_differs(served):
    response = served.client.post("/v1/answers/t-1/replay")

    TypeAdapter(Replay).validate_json(response.content, strict=True)
    document = response.json()
    assert (document["trace_id"], document["same"]) == ("t-1", False)
    differing = {each["stage"]: each["differences"] for each in document["stages"] if each["differences"]}
    assert differing == {"rewriting": ['the question that was searched was "保留多久？", is "如何恢复？"']}


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/answers/t-2"), ("POST", "/v1/answers/t-2/replay")])
def test_an_unknown_trace_is_a_404_as_a_problem(served, method, path):
    response = served.client.request(method, path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert "'t-2'" in response.json()["detail"]


class TracedDesk:
    """One trace, of a tenant's knowledge base."""

    def __init__(self, document):
        self.document, self.with_settings = document, None

    def trace(self, trace_id):
        if trace_id != "t-1":
            raise unknown_trace(trace_id)
        return self.document

    async def replay(self, trace_id, *, with_settings=True):
        self.with_settings = with_settings
        then = trace_from(self.document)
        return compare(then, then, lambda hit: "gone")


@pytest.fixture
def desk(make_answer):
    document = json.loads(json.dumps(traced(make_answer("保留多久？"))))
    document["question"]["kb"] = "acme/handbook"
    return TracedDesk(document)


def a_caller(tenant, kbs=None):
    return Caller(tenant=tenant, scopes=frozenset({Scope.ADMIN}), kbs=kbs)


def test_a_tenant_sees_its_own_trace_under_its_own_name_and_without_the_homes_settings(desk):
    document = Room(desk, a_caller("acme")).trace("t-1")

    assert document["question"]["kb"] == "handbook"
    assert document["origin"]["settings"] == {}
    assert document["hits"] == desk.document["hits"]


def test_the_operator_sees_keys_and_settings(desk):
    document = Room(desk, OPERATOR).trace("t-1")

    assert document["question"]["kb"] == "acme/handbook"
    assert document["origin"]["settings"] == {"answer.evidence": "8"}


@pytest.mark.parametrize("caller", [a_caller("other"), a_caller("acme", frozenset({"manual"}))])
def test_another_ones_trace_is_as_if_it_were_not_there(desk, caller):
    room = Room(desk, caller)
    with pytest.raises(NotFound) as of_others:
        room.trace("t-1")
    with pytest.raises(NotFound) as of_nobody:
        room.trace("t-2")
    assert str(of_others.value) == str(of_nobody.value).replace("t-2", "t-1")
    with pytest.raises(NotFound):
        asyncio.run(room.replay("t-1"))
    assert desk.with_settings is None


def test_a_tenants_replay_compares_no_settings(desk):
    document = asyncio.run(Room(desk, a_caller("acme")).replay("t-1"))

    assert desk.with_settings is False
    assert document["then"]["question"]["kb"] == document["now"]["question"]["kb"] == "handbook"
