"""What becomes of answers that are on their way when the service ends."""

import asyncio
import json
import time
from contextlib import aclosing

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.drain import Drain
from api.server import Server
from core.errors import Unavailable


async def numbers(*, closed):
    try:
        for number in range(3):
            yield number
            await asyncio.sleep(0.05)
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.01)  # cleaning up may await
        closed.append(True)


def test_events_go_on_through_the_grace_and_end_with_an_error_after_it():
    async def go():
        drain = Drain(0.3)
        async with aclosing(drain.each(numbers(closed=closed))) as events:
            async for number in events:
                seen.append(number)
                drain.begin()

    seen, closed = [], []
    with pytest.raises(Unavailable, match="the service is being ended; ask again"):
        asyncio.run(go())
    assert (seen, closed) == ([0, 1, 2], [True])


def test_work_that_is_done_within_the_grace_is_not_disturbed():
    async def go():
        drain = Drain(0.5)
        work = asyncio.create_task(drain.within(asyncio.sleep(0.1, "whole")))
        await asyncio.sleep(0)
        drain.begin()
        return await work, await drain.within(asyncio.sleep(0.1, "what came after"))

    assert asyncio.run(go()) == ("whole", "what came after")


def test_a_time_out_of_the_work_itself_stays_one():
    async def slow():
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(Drain().within(slow()))


def test_a_second_signal_gives_no_more_time():
    async def go():
        drain, started = Drain(0.2), time.monotonic()
        drain.begin()
        await asyncio.sleep(0.15)
        drain.begin()
        with pytest.raises(Unavailable):
            await drain.within(asyncio.sleep(60))
        return time.monotonic() - started

    assert asyncio.run(go()) < 0.4


@pytest.mark.parametrize("stream", [True, False])
def test_an_open_answer_gets_a_word_before_the_server_is_gone(stream, parse_events, make_desk):
    """A real server, told to end while an answer hangs."""

    async def go():
        app = create_app(make_desk())
        app.state.watch.drain = Drain(0.3)
        config = uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=5)
        server = Server(config, app.state.watch)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1/ask"
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            asking = asyncio.create_task(client.post(url, json={"question": "hang", "stream": stream}))
            while not app.state.desk.streaming:  # noqa: ASYNC110  # nor has the desk
                await asyncio.sleep(0.01)
            started = time.monotonic()
            server.should_exit = True
            response = await asking
        await serving
        return response, time.monotonic() - started

    response, seconds = asyncio.run(go())
    assert 0.3 <= seconds < 3
    if stream:
        last = parse_events(response.content)[-1]
        assert last["event"] == "error"
        assert json.loads(last["data"])["status"] == 503
    else:
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
