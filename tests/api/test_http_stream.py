import asyncio
import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.routes.asking import prefers_events
from api.schemas import ask_document
from api.sse import EventStream, answer_frames, frame
from core.types import EvidenceFound, Question

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def streamed(served, question, **body):
    with served.client.stream("POST", "/v1/ask", json={"question": question, "stream": True, **body}) as response:
        return response, response.read()


def test_a_streamed_answer_is_evidence_then_claims_then_the_whole_document(served, parse_events, make_answer):
    response, received = streamed(served, "保留多久？")

    events = parse_events(received)
    assert response.headers["content-type"].startswith("text/event-stream")
    stream, _, _ = events[0]["id"].rpartition("-")
    assert [(event["id"], event["event"]) for event in events] == [
        (f"{stream}-1", "evidence"),
        (f"{stream}-2", "claim"),
        (f"{stream}-3", "claim"),
        (f"{stream}-4", "final"),
    ]
    final = json.loads(events[3]["data"])
    assert final == ask_document(make_answer("保留多久？"))
    assert [json.loads(event["data"]) for event in events[1:3]] == final["claims"]
    assert json.loads(events[0]["data"])["evidence"] == final["evidence"]


def test_a_claim_event_is_these_bytes(served):
    _, received = streamed(served, "How long?")

    expected = (
        '-3\nevent: claim\ndata: {"text": "保留 30 天", "support": 0.75, "citations": [{"evidence": 2, '
        '"chunk_id": "c-zh", "document_id": "d-1", "source": "帮助/restore.md", "title": "Restore 恢复", "page": null, '
        '"heading_path": ["Files", "恢复文件"], "span": [52, 59], "quote": "保留 30 天"}]}\n\n'
    )
    third = received.index(b"-3\nevent")
    assert received[third : received.index(b"id: ", third)] == expected.encode()


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True),
        ("text/event-stream, */*;q=0.1", True),
        ("application/json;q=0.5, text/event-stream", True),
        ("application/json, text/event-stream", False),
        ("text/event-stream;q=0.2, application/json;q=0.8", False),
        ("text/event-stream;q=0", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_events_are_sent_where_accept_prefers_them(accept, streams):
    assert prefers_events(accept) is streams


def test_the_accept_header_alone_asks_for_events(served, parse_events):
    response = served.client.post("/v1/ask", json={"question": "hi"}, headers={"Accept": "text/event-stream"})

    assert parse_events(response.content)[-1]["event"] == "final"


def test_an_error_midway_is_the_last_event_and_says_nothing_of_this_machine(served, parse_events):
    _, received = streamed(served, "later Unavailable")

    events = parse_events(received)
    assert [event["event"] for event in events] == ["evidence", "error"]
    problem = json.loads(events[1]["data"])
    assert (problem["status"], problem["type"]) == (503, "urn:citedesk:problem:unavailable")
    assert b"10.0.0.3" not in received


@pytest.mark.parametrize(("question", "status"), [("later ValueError", 500), ("cut", 503), ("stray", 500)])
def test_a_stream_that_breaks_or_ends_early_or_cites_nothing_ends_with_an_error(served, parse_events, question, status):
    _, received = streamed(served, question)

    events = parse_events(received)
    assert [event["event"] for event in events] == ["evidence", "error"]
    assert json.loads(events[1]["data"])["status"] == status


def test_what_is_wrong_with_the_request_is_known_before_the_stream_begins(served):
    response, _ = streamed(served, "hi", kb="没有")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def post(body: dict[str, object], accept: str = "application/json") -> bytes:
    content = json.dumps(body).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def test_a_client_that_goes_away_while_waiting_closes_the_stream(served, eventually, caplog):
    closed = served.desk.closed_streams
    with caplog.at_level("INFO", logger="citedesk.access"):
        connection = served.raw(post({"question": "hang"}, "text/event-stream"))
        received = b""
        while b"event: evidence" not in received:
            received += connection.recv(65_536)
        connection.close()
        eventually(lambda: served.desk.closed_streams == closed + 1)
        eventually(lambda: caplog.records)

    assert json.loads(caplog.records[0].message)["status"] == 499


def test_a_client_that_goes_away_without_reading_closes_the_stream(served, eventually):
    closed = served.desk.closed_streams
    connection = served.raw(post({"question": "flood"}, "text/event-stream"))
    connection.recv(1)

    connection.close()

    eventually(lambda: served.desk.closed_streams == closed + 1)


def test_a_client_that_goes_away_before_a_plain_answer_cancels_it(served, eventually, caplog):
    closed = served.desk.closed_streams
    with caplog.at_level("INFO", logger="citedesk.access"):
        connection = served.raw(post({"question": "hang"}))
        eventually(lambda: served.desk.streaming == 1)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        eventually(lambda: served.desk.closed_streams == closed + 1)
        eventually(lambda: caplog.records)

    assert json.loads(caplog.records[0].message)["status"] == 499


def test_closing_the_frames_closes_the_desks_events_with_them():
    closed: list[bool] = []

    async def events():
        try:
            yield EvidenceFound(question="hi", evidence=())
        finally:
            closed.append(True)

    async def read_one():
        source = events()  # kept, so that only closing it can end it
        frames = answer_frames(source, report=lambda _: {}, finished=lambda _: None, stream="s")
        await anext(frames)
        await frames.aclose()
        assert closed == [True]

    asyncio.run(read_one())


def test_a_stream_that_was_read_to_its_end_is_logged_as_answered(served, eventually, caplog):
    with caplog.at_level("INFO", logger="citedesk.access"):
        streamed(served, "hi")
        eventually(lambda: caplog.records)

    line = json.loads(caplog.records[0].message)
    assert (line["status"], line["answer_status"]) == (200, "answered")


def test_a_finished_stream_leaves_the_connection_usable(served):
    for _ in range(3):
        assert streamed(served, "hi")[0].is_success
    assert served.client.post("/v1/ask", json={"question": "hi"}).is_success
    assert served.desk.questions[-1] == Question(text="hi", kb="default")


def test_a_silent_stream_sends_heartbeats_that_are_no_events(parse_events):
    async def slow():
        await asyncio.sleep(0.2)
        yield frame("final", "{}", 1)

    received = b"".join(asyncio.run(sent_by(EventStream(slow(), heartbeat_seconds=0.05))))

    assert received.count(b": still here\n\n") >= 2
    assert parse_events(received) == [{"id": "1", "event": "final", "data": "{}"}]


async def sent_by(stream: EventStream) -> list[bytes]:
    sent: list[dict[str, object]] = []

    async def receive():
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    await stream({"type": "http"}, receive, send)
    await asyncio.sleep(0.1)  # nothing may follow the end
    assert [message.get("more_body") for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    return [message["body"] for message in sent[1:]]


@given(st.lists(st.tuples(st.sampled_from(["claim", "final"]), TEXT), max_size=5))
def test_whatever_text_is_framed_reads_back_with_its_line_ends_as_newlines(parse_events, events):
    stream = b"".join(frame(name, data, n) for n, (name, data) in enumerate(events, start=1))

    expected = [
        {"id": str(n), "event": name, "data": data.replace("\r\n", "\n").replace("\r", "\n")}
        for n, (name, data) in enumerate(events, start=1)
    ]
    assert parse_events(stream) == expected
