import asyncio
from contextlib import aclosing

import pytest

from answer.caching.cache_flights import Flights
from core.errors import Unavailable


class Source:
    """Gives three events, each when it is let go on."""

    def __init__(self, error=None, at=3):
        self.started, self.ended, self.error, self.at = 0, 0, error, at
        self.step = asyncio.Semaphore(0)

    async def events(self, admitted):
        self.started += 1
        try:
            admitted()
            for number in range(self.at):
                await self.step.acquire()
                yield number
            if self.error:
                raise self.error
        finally:
            await asyncio.sleep(0)
            self.ended += 1


async def read(flights, key, source, log):
    flight, _ = await flights.board(key, source.events)
    async with aclosing(flights.follow(flight)) as events:
        async for event in events:
            log.append(event)
    return log


def go(source, steps=3):
    for _ in range(steps):
        source.step.release()


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


def test_equal_questions_at_once_are_answered_once():
    async def main():
        flights, source = Flights(), Source()
        tasks = [asyncio.create_task(read(flights, "k", source, [])) for _ in range(5)]
        await settle()
        go(source)
        return await asyncio.gather(*tasks), source.started

    assert asyncio.run(main()) == ([[0, 1, 2]] * 5, 1)


def test_who_comes_later_gets_the_events_from_the_first_on():
    async def main():
        flights, source = Flights(), Source()
        early = asyncio.create_task(read(flights, "k", source, []))
        await settle()
        go(source, 2)
        await settle()
        late = asyncio.create_task(read(flights, "k", source, []))
        await settle()
        go(source, 1)
        return await early, await late

    assert asyncio.run(main()) == ([0, 1, 2], [0, 1, 2])


def test_the_first_one_going_away_takes_nobody_with_it():
    async def main():
        flights, source = Flights(), Source()
        first = asyncio.create_task(read(flights, "k", source, []))
        await settle()
        second = asyncio.create_task(read(flights, "k", source, []))
        await settle()
        go(source, 1)
        await settle()
        first.cancel()
        await settle()
        go(source, 2)
        return await second, source.ended

    assert asyncio.run(main()) == ([0, 1, 2], 1)


def test_when_all_have_gone_the_answer_is_given_up_and_the_next_begins_anew():
    async def main():
        flights, source = Flights(), Source()
        tasks = [asyncio.create_task(read(flights, "k", source, [])) for _ in range(2)]
        await settle()
        for task in tasks:
            task.cancel()
        await settle()
        given_up = source.ended
        other = Source()
        go(other)
        return given_up, await read(flights, "k", other, []), other.started

    assert asyncio.run(main()) == (1, [0, 1, 2], 1)


def test_other_questions_and_those_without_a_key_fly_alone():
    async def main():
        flights, source = Flights(), Source()
        tasks = [asyncio.create_task(read(flights, key, source, [])) for key in ("a", "b", None, None)]
        await settle()
        go(source, 12)
        await asyncio.gather(*tasks)
        return source.started

    assert asyncio.run(main()) == 4


def test_an_error_on_the_way_reaches_all_who_follow():
    async def main():
        flights, source = Flights(), Source(error=Unavailable("模型不在"))
        logs = [[], []]
        tasks = [asyncio.create_task(read(flights, "k", source, log)) for log in logs]
        await settle()
        go(source)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        return [str(end) for end in ends], logs

    assert asyncio.run(main()) == (["模型不在"] * 2, [[0, 1, 2]] * 2)


def test_closing_ends_what_still_flies():
    async def main():
        flights, source = Flights(), Source()
        task = asyncio.create_task(read(flights, "k", source, []))
        await settle()
        await flights.close()
        return await asyncio.wait_for(task, 5), source.ended

    assert asyncio.run(main()) == ([], 1)


@pytest.mark.parametrize("waiting", [1, 2])
def test_who_goes_before_being_let_in_ends_only_what_nobody_else_waits_for(waiting):
    async def main():
        flights, ended = Flights(), []

        async def never(admitted):
            try:
                await asyncio.sleep(60)
                yield 0
            finally:
                ended.append(True)

        tasks = [asyncio.create_task(flights.board("k", never)) for _ in range(waiting)]
        await settle()
        tasks[0].cancel()
        await settle()
        left = len(ended)
        await flights.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        return left

    assert asyncio.run(main()) == (1 if waiting == 1 else 0)
