import asyncio
import json
import time
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.sse import frame
from api.streams import AnswerStreams
from core.errors import NotFound

ASK = {"question": "保留多久？", "stream": True}


def cut(event_id):
    return frame("error", "cut", event_id)


async def numbered(n, pause=0.0):
    for number in range(1, n + 1):
        await asyncio.sleep(pause)
        yield b"%d" % number


async def read(frames, most=10**6):
    got = []
    async with aclosing(frames) as each:
        async for one in each:
            got.append(one)
            if len(got) == most:
                break
    return got


def resumed(served, last):
    return served.client.post("/v1/ask", json=ASK, headers={"Last-Event-ID": last})


def test_the_rest_of_an_answer_comes_after_the_last_event_that_arrived(served, parse_events):
    whole = parse_events(served.client.post("/v1/ask", json=ASK).content)

    rest = resumed(served, whole[1]["id"])

    assert parse_events(rest.content) == whole[2:]
    assert resumed(served, whole[3]["id"]).content == b""


def test_an_answer_is_made_once_however_often_its_client_comes_back(served, parse_events):
    asked = len(served.desk.questions)
    whole = parse_events(served.client.post("/v1/ask", json=ASK).content)
    for event in whole:
        resumed(served, event["id"])

    assert len(served.desk.questions) == asked + 1


def test_after_a_while_an_answer_cannot_be_resumed(served, parse_events, eventually):
    last = parse_events(served.client.post("/v1/ask", json=ASK).content)[0]["id"]

    eventually(lambda: resumed(served, last).status_code == 404 or time.sleep(0.3))

    problem = resumed(served, last).json()
    assert problem["type"] == "urn:citedesk:problem:not-found"
    assert "ask again without it" in problem["detail"]


@pytest.mark.parametrize("last", ["1", "x-1", "-", "0123456789abcdef--1", "0123456789abcdef-１", "a-" + "9" * 50])
def test_an_id_that_never_was_is_not_found(served, last):
    assert resumed(served, last.encode()).status_code == 404


def test_a_client_that_lost_its_connection_midway_misses_nothing(served, parse_events, eventually):
    connection = served.raw(raw_ask("hang"))
    received = b""
    while b"event: evidence" not in received or not received.endswith(b"\n\n\r\n"):
        received += connection.recv(65_536)
    connection.close()
    (line,) = (line for line in received.splitlines() if line.startswith(b"id: "))
    with served.client.stream("POST", "/v1/ask", json=ASK, headers={"Last-Event-ID": line[4:]}) as again:
        assert again.status_code == 200
        time.sleep(0.5)  # longer than an answer without a reader lives
        assert served.desk.streaming == 1
    eventually(lambda: served.desk.streaming == 0)


def raw_ask(question):
    body = json.dumps({"question": question, "stream": True}).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def test_only_who_asked_can_come_back():
    async def try_both():
        streams = AnswerStreams(5)
        stream = streams.begin("mine", cut)
        await read(streams.frames(stream, numbered(3)))
        with pytest.raises(NotFound) as foreign:
            streams.resume("theirs", f"{stream.id}-1")
        with pytest.raises(NotFound) as missing:
            streams.resume("theirs", "0123456789abcdef-1")
        _, frames = streams.resume("mine", f"{stream.id}-1")
        assert await read(frames) == [b"2", b"3"]
        assert str(foreign.value).replace(stream.id, "") == str(missing.value).replace("0123456789abcdef", "")

    asyncio.run(try_both())


def test_an_answer_that_nobody_reads_is_cancelled_in_time():
    closed = []

    async def endless():
        try:
            while True:
                await asyncio.sleep(0.001)
                yield b"."
        finally:
            closed.append(True)

    async def leave():
        streams = AnswerStreams(0.05)
        frames = streams.frames(streams.begin("", cut), endless())
        await read(frames, most=2)
        assert (len(streams), closed) == (1, [])
        await asyncio.sleep(0.15)
        assert (len(streams), closed) == (0, [True])

    asyncio.run(leave())


def test_an_answer_runs_only_so_far_ahead_of_its_reader():
    made = []

    async def endless():
        while True:
            made.append(True)
            yield b"."

    async def stall():
        streams = AnswerStreams(5)
        frames = streams.frames(streams.begin("", cut), endless())
        await anext(frames)
        await asyncio.sleep(0.05)
        assert len(made) < 70
        await streams.close()
        await frames.aclose()

    asyncio.run(stall())


def test_what_was_let_go_cannot_be_read_again_and_what_is_kept_can():
    async def read_late():
        streams = AnswerStreams(5)
        stream = streams.begin("", cut)
        await read(streams.frames(stream, numbered(1_500)))
        with pytest.raises(NotFound):
            streams.resume("", f"{stream.id}-499")
        return await read(streams.resume("", f"{stream.id}-500")[1])

    assert asyncio.run(read_late()) == [b"%d" % number for number in range(501, 1_501)]


def test_a_reader_of_an_answer_that_is_cut_off_gets_an_error_event():
    async def close_midway():
        streams = AnswerStreams(5)
        stream = streams.begin("", cut)
        frames = streams.frames(stream, numbered(3, pause=0.02))
        first = await anext(frames)
        await streams.close()
        return stream, [first, *await read(frames)]

    stream, got = asyncio.run(close_midway())
    assert got == [b"1", cut(f"{stream.id}-2")]


@given(st.integers(0, 12), st.lists(st.integers(1, 5), max_size=6))
def test_however_often_the_connection_breaks_every_frame_arrives_once_and_in_order(total, pieces):
    async def read_in_pieces():
        streams = AnswerStreams(5)
        stream = streams.begin("", cut)
        frames, got = streams.frames(stream, numbered(total)), []
        for most in pieces:
            got += await read(frames, most)
            _, frames = streams.resume("", f"{stream.id}-{len(got)}")
        return got + await read(frames)

    assert asyncio.run(read_in_pieces()) == [b"%d" % number for number in range(1, total + 1)]
