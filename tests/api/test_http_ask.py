import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import pytest

from core.types import Condition, Filter, Question, Turn


def test_an_answer_is_the_ask_document_with_every_citation_resolved(served):
    response = served.client.post("/v1/ask", json={"question": "How long do deleted files stay?"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    document = response.json()
    assert document["claims"][1] == {
        "text": "保留 30 天",
        "support": 0.75,
        "citations": [
            {
                "evidence": 2,
                "chunk_id": "c-zh",
                "document_id": "d-1",
                "source": "帮助/restore.md",
                "title": "Restore 恢复",
                "page": None,
                "heading_path": ["Files", "恢复文件"],
                # "Restore files.\n" is 15 characters, the English line 32, and the quote begins 5 further on.
                "span": [52, 59],
                "quote": "保留 30 天",
            }
        ],
    }
    assert document["question"] == "How long do deleted files stay?"


def test_chinese_comes_back_readable_and_the_history_reaches_the_desk(served):
    history = [{"role": "user", "content": "删除的文件呢？"}, {"role": "assistant", "content": "可以恢复。"}]

    response = served.client.post("/v1/ask", json={"question": "保留多久？", "kb": "产品手册", "history": history})

    assert "保留 30 天" in response.content.decode("utf-8")
    turns = (Turn(role="user", content="删除的文件呢？"), Turn(role="assistant", content="可以恢复。"))
    assert served.desk.questions[-1] == Question(text="保留多久？", kb="产品手册", history=turns)


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [("nothing", "insufficient_evidence", 200), ("refuse", "refused", 200), ("down", "unavailable", 503)],
)
def test_an_honest_no_is_an_answer_and_a_missing_part_is_a_503_with_the_same_document(served, question, status, code):
    response = served.client.post("/v1/ask", json={"question": question})

    assert response.status_code == code
    assert response.json()["status"] == status
    assert response.json()["claims"] == []
    assert ("retry-after" in response.headers) == (code == 503)


def test_search_passes_on_what_was_asked_and_gives_hits_in_order(served):
    body = {"query": "恢复 文件", "kb": "产品手册", "k": 2, "stage": "lexical"}

    response = served.client.post("/v1/search", json=body)

    assert served.desk.searches[-1] == ("产品手册", "恢复 文件", 2, "lexical")
    document = response.json()
    assert [(hit["chunk_id"], hit["score"], hit["stage"]) for hit in document["hits"]] == [
        ("c-en", 2.5, "reranked"),
        ("c-zh", 1.25, "reranked"),
    ]
    assert document["degraded"] == ["reranker"]


def test_a_filter_is_passed_on_by_searches_and_questions(served):
    asked = {"where": {"product": ["潮标", "Gate G3"], "language": "zh"}, "without": {"kind": "table"}}
    expected = Filter(
        conditions=(
            Condition(name="product", values=("潮标", "Gate G3")),
            Condition(name="language", values=("zh",)),
            Condition(name="kind", values=("table",), negated=True),
        ),
        as_of=date(2025, 1, 1),
    )

    found = served.client.post("/v1/search", json={"query": "发票", "filter": {**asked, "as_of": "2025-01-01"}})
    served.client.post("/v1/ask", json={"question": "发票多久？", "filter": {**asked, "as_of": "2025-01-01"}})
    served.client.post("/v1/search", json={"query": "restore"})

    assert served.desk.filters[-2:] == [expected, None]
    assert served.desk.questions[-1].filter == expected
    assert found.json()["passages_left"] is None


@pytest.mark.parametrize(
    ("filter", "pointer"),
    [
        ({"were": {"product": "x"}}, "#/filter/were"),
        ({"where": {"product": 3}}, "#/filter/where/product"),
        ({"where": {"product": []}}, "#/filter/where/product"),
        ({"where": {"product": ["x"] * 51}}, "#/filter/where/product"),
        ({"where": {f"n{number}": "x" for number in range(21)}}, "#/filter/where"),
        ({"as_of": "2025-13-01"}, "#/filter/as_of"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_at_its_place(served, filter, pointer):
    response = served.client.post("/v1/search", json={"query": "restore", "filter": filter})

    assert response.status_code == 422
    assert all(error["pointer"].startswith(pointer) for error in response.json()["errors"])


def test_a_search_without_options_reranks_ten_hits_of_the_default_knowledge_base(served):
    served.client.post("/v1/search", json={"query": "restore"})

    assert served.desk.searches[-1] == ("default", "restore", 10, "rerank")


def test_knowledge_bases_are_listed_by_name(served):
    assert served.client.get("/v1/kbs").json() == {"kbs": [{"name": "default"}, {"name": "产品手册"}]}


def test_health_asks_no_part_and_ready_names_the_one_that_is_wrong(alone):
    assert alone.client.get("/ready").json() == {
        "status": "ready",
        "components": {"record": "ok", "index": "ok"},
        "degraded": [],
    }

    alone.desk.components = {"record": "ok", "index": "3 changes behind"}

    response = alone.client.get("/ready")
    assert response.status_code == 503
    assert response.json() == {
        "status": "not_ready",
        "components": {"record": "ok", "index": "3 changes behind"},
        "degraded": ["index"],
    }
    assert alone.client.get("/health").json() == {"status": "alive"}


def test_the_desk_is_started_off_the_event_loop_and_closed_with_the_server(serving_desk):
    with serving_desk() as one:
        assert [entry.startswith("start in AnyIO worker thread") for entry in one.desk.lifecycle] == [True]

    assert one.desk.lifecycle[1:] == ["close"]


def test_every_response_carries_the_security_headers_and_its_own_trace_id(served):
    responses = [served.client.get(path) for path in ("/health", "/nowhere", "/openapi.json")]
    responses.append(served.client.post("/v1/ask", json={"question": "raise RuntimeError"}))

    for response in responses:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in response.headers
    assert len({response.headers["x-trace-id"] for response in responses}) == 4


def test_the_access_log_has_one_line_a_request_without_the_question(served, caplog, eventually):
    with caplog.at_level(logging.INFO, logger="citedesk.access"):
        response = served.client.post("/v1/ask", json={"question": "我的密码是 hunter2 吗？"})
        served.client.get("/nowhere%0Aforged?q=hunter2")
        eventually(lambda: len(caplog.records) == 2)

    asked, lost = (json.loads(record.message) for record in caplog.records)
    assert (asked["method"], asked["path"], asked["status"]) == ("POST", "/v1/ask", 200)
    assert asked["trace_id"] == response.headers["x-trace-id"]
    assert (asked["answer_status"], asked["answer_trace_id"]) == ("answered", "t-1")
    assert asked["bytes"] == len(response.content)
    assert (lost["path"], lost["status"]) == ("/nowhere\nforged", 404)
    assert "hunter2" not in caplog.text
    assert caplog.text.count("\n") == 2


def test_twenty_open_streams_do_not_keep_health_waiting(served, eventually):
    def hold(client: httpx.Client) -> None:
        with client.stream("POST", "/v1/ask", json={"question": "hang", "stream": True}) as response:
            chunks = response.iter_raw()
            next(chunks)
            eventually(lambda: released)

    released: list[bool] = []
    with ThreadPoolExecutor(20) as pool, httpx.Client(base_url=served.url, trust_env=False) as client:
        holding = [pool.submit(hold, client) for _ in range(20)]
        eventually(lambda: served.desk.streaming == 20)
        began = time.monotonic()
        healthy = served.client.get("/health").is_success
        elapsed = time.monotonic() - began
        released.append(True)
        for one in holding:
            one.result()

    assert healthy
    assert elapsed < 0.5
    eventually(lambda: served.desk.streaming == 0)
