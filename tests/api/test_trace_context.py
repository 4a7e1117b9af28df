"""Trace ids across services, in responses, log and spans."""

import asyncio
import json
import logging
import sys
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import create_app
from api.telemetry import NoSpans, OpenTelemetrySpans, spans_to
from api.trace_context import received
from core.errors import DependencyMissing
from core.types import Usage

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{PARENT}-01"


def asked_of(desk, *headers, question="退款多久？", spans=None):
    async def go():
        app = create_app(desk, spans=spans)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/v1/ask", json={"question": question}, headers=list(headers))

    return asyncio.run(go())


def test_a_request_of_a_trace_stays_in_it(caplog, make_desk):
    with caplog.at_level(logging.INFO, logger="citedesk.access"):
        response = asked_of(make_desk(), ("traceparent", GIVEN))
    line = json.loads(caplog.records[-1].message)
    assert response.headers["x-trace-id"] == line["trace_id"] == "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
    version, trace, span, flags = response.headers["traceresponse"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != PARENT
    assert line["traceparent"] == response.headers["traceresponse"]


def test_a_problem_names_the_callers_trace(make_desk):
    problem = asked_of(make_desk(), ("traceparent", GIVEN), question="raise RuntimeError").json()
    assert problem["instance"] == "urn:uuid:4bf92f35-77b3-4da6-a3ce-929d0e0e4736"


@pytest.mark.parametrize(
    "header",
    [
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE[:-1]}-{PARENT}-01",
        "x\r\nevil: 1",
        "",
    ],
)
def test_an_unsound_header_begins_a_trace_anew(header):
    context = received([(b"traceparent", header.encode())])
    assert (context.parent, context.trace != TRACE) == ("", True)


def test_a_later_version_is_read_and_two_headers_are_not():
    assert received([(b"traceparent", f"01-{TRACE}-{PARENT}-03-more".encode())]).trace == TRACE
    assert received([(b"traceparent", GIVEN.encode())] * 2).trace != TRACE


@given(st.binary(max_size=80))
def test_whatever_is_sent_the_own_header_is_sound(header):
    again = received([(b"traceparent", received([(b"traceparent", header)]).header.encode())])
    assert again.parent
    assert len(again.trace_id) == 36


def exported(desk, *headers, question="?"):
    exporter = InMemorySpanExporter()
    spans = OpenTelemetrySpans(SimpleSpanProcessor(exporter), "通义")
    response = asked_of(desk, *headers, question=question, spans=spans)
    return response, {span.name: span for span in exporter.get_finished_spans()}


def test_a_request_its_answer_and_the_model_are_spans_of_the_callers_trace(make_desk, make_answer):
    async def ask(question):
        usage = Usage(input_tokens=900, output_tokens=40)
        return replace(make_answer("secret"), usage=usage, timings_ms={"total": 200.0, "model": 150.0})

    desk = make_desk()
    desk.ask = ask
    response, spans = exported(desk, ("traceparent", GIVEN))
    request, answer, chat = spans["POST /v1/ask"], spans["answer"], spans["chat 通义"]

    assert f"{request.context.trace_id:032x}" == TRACE
    assert f"00-{TRACE}-{request.context.span_id:016x}-01" == response.headers["traceresponse"]
    assert f"{request.parent.span_id:016x}" == PARENT
    assert answer.parent.span_id == request.context.span_id
    assert chat.parent.span_id == answer.context.span_id
    assert chat.end_time - chat.start_time == 150_000_000
    assert answer.end_time - answer.start_time == 200_000_000
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/ask",
        "http.response.status_code": 200,
    }
    assert dict(chat.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "通义",
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 40,
    }
    assert "secret" not in str([span.to_json() for span in spans.values()])


def test_a_trace_that_begins_here_has_the_ids_of_the_response(make_desk):
    response, spans = exported(make_desk())
    request = spans["POST /v1/ask"]
    assert request.parent is None
    expected = f"00-{request.context.trace_id:032x}-{request.context.span_id:016x}-01"
    assert response.headers["traceresponse"] == expected
    assert spans["answer"].context.trace_id == request.context.trace_id
    assert "chat 通义" not in spans


def test_a_failure_is_an_error_and_a_trace_that_is_not_sampled_leaves_no_span(make_desk):
    _, spans = exported(make_desk(), question="raise RuntimeError")
    assert not spans["POST /v1/ask"].status.is_ok
    assert exported(make_desk(), ("traceparent", GIVEN[:-1] + "0"))[1] == {}


def test_without_a_collector_nothing_is_made_and_without_the_extra_it_is_said(monkeypatch):
    assert isinstance(spans_to("", "m"), NoSpans)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(DependencyMissing, match=r"pip install 'citedesk\[telemetry\]'"):
        spans_to("http://127.0.0.1:4318", "m")
