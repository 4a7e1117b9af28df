import asyncio
import inspect
import json
import logging
import re
from pathlib import Path

import pytest
from fastapi import HTTPException

from api import errors as table
from api.middleware import BodyLimit
from core import errors

ROOT = Path(__file__).parents[2]
JSON_TYPE = {"Content-Type": "application/json"}
STATUS_BY_CLASS = {
    "CitedeskError": 500,
    "InvalidInput": 422,
    "NotFound": 404,
    "ParseError": 422,
    "DependencyError": 500,
    "DependencyMissing": 500,
    "Unavailable": 503,
    "IndexLocked": 503,
    "RecordError": 500,
    "ModelRefused": 500,
}


def problem_in(response, status, kind):
    """The problem document, after the checks that every one must pass."""
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert response.status_code == problem["status"] == status
    assert problem["type"] == (kind if kind == "about:blank" else f"urn:citedesk:problem:{kind}")
    assert problem["title"]
    assert problem["detail"]
    assert problem["trace_id"] == response.headers["x-trace-id"]
    assert problem["instance"] == f"urn:uuid:{problem['trace_id']}"
    return problem


def test_no_class_of_the_error_tree_is_missing_from_the_table():
    tree = {name for name, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, Exception)}

    assert {cls.__name__ for cls in table.KINDS} == tree == set(STATUS_BY_CLASS)


def test_every_kind_of_problem_has_a_name_and_a_title_of_its_own():
    kinds = [*table.KINDS.values(), *table.ACCESS_KINDS.values(), table.MALFORMED]

    assert len({kind.name for kind in kinds}) == len({kind.title for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("route", ["/v1/ask", "/v1/search"])
@pytest.mark.parametrize(("name", "status"), STATUS_BY_CLASS.items())
def test_each_error_of_the_tree_has_its_status(served, route, name, status):
    words = f"raise {name}"

    response = served.client.post(route, json={"question": words} if route == "/v1/ask" else {"query": words})

    assert problem_in(response, status, table.KINDS[getattr(errors, name)].name)
    assert ("retry-after" in response.headers) == getattr(errors, name).retryable
    # Only what speaks of the request itself may quote the error.
    assert ("10.0.0.3" in response.text) == issubclass(getattr(errors, name), errors.InvalidInput | errors.ParseError)


def test_an_unexpected_error_shows_nothing_and_is_logged_under_the_trace_id(served, caplog):
    response = served.client.post("/v1/ask", json={"question": "raise RuntimeError"})

    problem = problem_in(response, 500, "unexpected")
    assert "10.0.0.3" not in response.text
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert problem["trace_id"] in record.message
    assert record.exc_info is not None


def test_an_unknown_route_and_a_wrong_method_are_problems_too(served):
    problem_in(served.client.get("/v2/ask"), 404, "about:blank")
    problem_in(served.client.post("/v1/ask/", json={"question": "hi"}), 404, "about:blank")
    response = served.client.delete("/v1/ask")
    problem_in(response, 405, "about:blank")
    assert response.headers["allow"] == "POST"


def test_an_unknown_knowledge_base_is_named(served):
    for route, body in (("ask", {"question": "hi"}), ("search", {"query": "hi"})):
        problem = problem_in(served.client.post(f"/v1/{route}", json={**body, "kb": "财务"}), 404, "not-found")
        assert "'财务'" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["#/question"]),
        ([], ["#"]),
        (None, ["#"]),
        ({"question": 7}, ["#/question"]),
        ({"question": "  \n　"}, ["#/question"]),
        ({"question": "hi", "kbs": "default"}, ["#/kbs"]),
        ({"question": "hi", "a/b~c 文": 1}, ["#/a~1b~0c%20%E6%96%87"]),
        ({"question": "hi", "stream": "maybe"}, ["#/stream"]),
        ({"question": "hi", "history": [{"role": "user", "content": "x"}, {"role": "system", "content": "x"}]},
         ["#/history/1/role"]),
        ({"question": "hi", "history": [{"role": "user", "content": "x"}] * 201}, ["#/history"]),
        ({"question": "hi", "history": [1] * 200}, ["#/history/0"]),
        ({"question": 7, "kb": 7}, ["#/question", "#/kb"]),
    ],
)  # fmt: skip
def test_a_body_of_the_wrong_shape_is_told_where(served, body, pointers):
    response = served.client.post("/v1/ask", content=json.dumps(body), headers=JSON_TYPE)

    problem = problem_in(response, 422, "invalid-input")
    assert [error["pointer"] for error in problem["errors"]] == pointers


@pytest.mark.parametrize("body", [{"query": "hi", "k": 0}, {"query": "hi", "k": 1_001}, {"query": "hi", "k": 1e400}])
def test_a_search_takes_one_to_a_thousand_hits(served, body):
    response = served.client.post("/v1/search", content=json.dumps(body), headers=JSON_TYPE)

    assert problem_in(response, 422, "invalid-input")["errors"][0]["pointer"] == "#/k"


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b'{"question": ', 400, "malformed-json"),
        (b'{"question": "hi"} trailing', 400, "malformed-json"),
        (b'{"question": "\xff\xfe"}', 400, "about:blank"),
        (b"[" * 100_000, 400, "about:blank"),
        (b'{"question": ' + b"9" * 5_000 + b"}", 400, "about:blank"),
        (b'{"question": "\\ud800"}', 422, "invalid-input"),
        (b'{"question": "hi", "\\ud800": 1}', 422, "invalid-input"),
        (b'{"question": "hi", "history": [{"role": "user", "content": "\\udfff"}]}', 422, "invalid-input"),
        (b'{"question": NaN}', 422, "invalid-input"),
        (b"", 422, "invalid-input"),
    ],
)
def test_bytes_that_are_no_json_never_become_a_server_error(served, content, status, kind):
    response = served.client.post("/v1/ask", content=content, headers=JSON_TYPE)

    problem_in(response, status, kind)


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_a_body_that_is_not_called_json_is_refused(served, given):
    response = served.client.post("/v1/ask", content=b'{"question": "hi"}', headers={"Content-Type": given})

    assert "application/json" in problem_in(response, 415, "about:blank")["detail"]


def test_json_with_a_charset_is_json(served):
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}

    assert served.client.post("/v1/ask", content='{"question": "好"}'.encode(), headers=headers).is_success


def test_a_question_of_a_hundred_kilobytes_is_refused_with_both_numbers(served):
    asked = len(served.desk.questions)

    problem = problem_in(served.client.post("/v1/ask", json={"question": "问" * 100_000}), 422, "invalid-input")

    assert problem["detail"] == "the question has 100000 characters; at most 4000 are taken"
    assert len(served.desk.questions) == asked


def test_the_limits_are_those_of_the_settings(alone):
    assert alone.client.post("/v1/ask", json={"question": "问" * 100}).is_success
    problem_in(alone.client.post("/v1/ask", json={"question": "问" * 101}), 422, "invalid-input")
    problem_in(alone.client.post("/v1/search", json={"query": "q" * 101}), 422, "invalid-input")
    problem_in(alone.client.post("/v1/ask", json={"question": "q" * 1_000}), 413, "about:blank")


def test_a_body_that_hides_its_size_is_counted_while_it_is_read(alone):
    def chunks():
        for _ in range(3_000):
            yield b" " * 1_000

    response = alone.client.post("/v1/ask", content=chunks(), headers=JSON_TYPE)

    assert "content-length" not in response.request.headers
    assert "1000 bytes" in problem_in(response, 413, "about:blank")["detail"]
    assert alone.client.get("/health").is_success


def test_the_parts_of_a_body_are_counted_together():
    async def read_all(scope, receive, send):
        while (await receive())["more_body"]:
            pass

    async def receive():
        return {"type": "http.request", "body": b"x" * 600, "more_body": True}

    async def send(message):
        raise AssertionError(message)

    with pytest.raises(HTTPException, match="413: The body is larger than 1000 bytes"):
        asyncio.run(BodyLimit(read_all, 1_000)({"type": "http"}, receive, send))


def test_every_mistake_is_listed_and_the_first_one_told(served):
    body = {"question": 7, "kb": 7} | {f"key{n}": n for n in range(18)}

    problem = problem_in(served.client.post("/v1/ask", json=body), 422, "invalid-input")

    assert len(problem["errors"]) == 20
    assert problem["detail"] == "#/question: Input should be a valid string (19 more)"


def test_a_megabyte_of_unknown_keys_is_one_error(served):
    keys = ",".join(f'"{n}":1' for n in range(80_000))

    response = served.client.post("/v1/ask", content=f'{{"question":"hi",{keys}}}'.encode(), headers=JSON_TYPE)

    problem = problem_in(response, 422, "invalid-input")
    assert [error["pointer"] for error in problem["errors"]] == ["#"]
    assert "80001 keys" in problem["detail"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
    ],
)
def test_a_hostile_connection_leaves_the_server_well(served, request_bytes):
    served.raw(request_bytes).close()

    assert served.client.get("/health").is_success


def test_status_codes_live_in_the_error_table_only():
    number = re.compile(r"(?<![\w,.])[1-5]\d\d(?![\w,.%])")
    code = {
        path.name: re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text())
        for path in [*(ROOT / "api").glob("*.py"), *(ROOT / "api").glob("routes/*.py")]
    }

    guilty = {name for name, text in code.items() if "HTTPStatus" in text or re.search(r"status_code=\d", text)}

    assert guilty == {"errors.py"}
    routes = "".join(text for name, text in code.items() if (ROOT / "api" / "routes" / name).exists())
    assert not number.search(routes + code["app.py"] + code["openapi.py"] + code["sse.py"] + code["auth.py"])
