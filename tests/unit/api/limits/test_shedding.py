import asyncio

import pytest

from api.errors import Busy
from api.limits.gate import Gate


async def inside(gate, name, log, leave, *, batch=False):
    async with gate.through(batch=batch):
        log.append(name)
        await leave.wait()


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def test_people_go_before_batch_and_otherwise_who_came_first():
    async def main():
        gate, log, leave = Gate(1, 100.0), [], asyncio.Event()
        tasks = [asyncio.create_task(inside(gate, "first", log, leave))]
        await settle()
        for name, batch in (("batch", True), ("second", False), ("third", False)):
            tasks.append(asyncio.create_task(inside(gate, name, log, leave, batch=batch)))
            await settle()
        leave.set()
        await asyncio.gather(*tasks)
        return log

    assert asyncio.run(main()) == ["first", "second", "third", "batch"]


def test_who_would_wait_too_long_is_sent_away_at_once_and_told_for_how_long():
    async def main():
        # A second each, by the first guess: two may wait, the third would wait 3 s.
        gate, log, leave = Gate(1, 2.0), [], asyncio.Event()
        tasks = [asyncio.create_task(inside(gate, n, log, leave)) for n in range(3)]
        await settle()
        with pytest.raises(Busy, match="2 answers are waited for") as caught:
            await inside(gate, "late", log, leave)
        leave.set()
        await asyncio.gather(*tasks)
        return caught.value.retry_seconds, log, gate.expected_seconds()

    assert asyncio.run(main()) == (3.0, [0, 1, 2], 0.0)


def test_batch_is_sent_away_earlier():
    async def main():
        gate, leave = Gate(1, 2.0), asyncio.Event()
        task = asyncio.create_task(inside(gate, "one", [], leave))
        await settle()
        with pytest.raises(Busy):
            await inside(gate, "batch", [], leave, batch=True)
        leave.set()
        await task

    asyncio.run(main())


def test_who_goes_away_while_waiting_leaves_no_gap():
    async def main():
        gate, log, leave = Gate(1, 100.0), [], asyncio.Event()
        first, gone, last = [asyncio.create_task(inside(gate, n, log, leave)) for n in ("first", "gone", "last")]
        await settle()
        gone.cancel()
        await settle()
        leave.set()
        await asyncio.gather(first, last)
        async with gate.through():
            return log, gate.waiting

    assert asyncio.run(main()) == (["first", "last"], 0)


def test_a_wait_that_turns_out_too_long_ends():
    async def main():
        gate, leave = Gate(1, 1.0), asyncio.Event()
        gate._mean_seconds = 0.01
        gate._wait_seconds = 0.05
        task = asyncio.create_task(inside(gate, "slow", [], leave))
        await settle()
        with pytest.raises(Busy):
            await inside(gate, "next", [], leave)
        leave.set()
        await task
        return gate.waiting

    assert asyncio.run(main()) == 0
