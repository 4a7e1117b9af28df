"""When a model is left alone, and when it is tried again."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.models.breaker import Breaker, Breakers, BreakerState, GuardedModel
from core.errors import DependencyError, Unavailable
from core.ports import Message, ModelDelta


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def one(breaker: Breaker, error: BaseException | None = None) -> None:
    """A call that ends so; its own error is swallowed, that of an open breaker is not."""
    entered = False
    try:
        with breaker.call():
            entered = True
            if error is not None:
                raise error  # noqa: TRY301  # what the test is about
    except BaseException:
        if not entered:
            raise


def opened(clock: Clock) -> Breaker:
    breaker = Breaker("the model 'm'", now=clock)
    for _ in range(10):
        one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.OPEN
    return breaker


def test_nine_failures_are_too_few_and_ten_open_it() -> None:
    breaker = Breaker("the model 'm'", now=Clock())
    for _ in range(9):
        one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.CLOSED
    one(breaker, Unavailable("down"))
    with pytest.raises(Unavailable, match=r"the model 'm' failed too often and is left alone for 10 seconds"):
        one(breaker)


def test_a_call_that_succeeds_never_opens_it() -> None:
    breaker = Breaker("m", now=Clock())
    for _ in range(9):
        one(breaker, Unavailable("down"))
    one(breaker)
    assert breaker.state is BreakerState.CLOSED  # 9 of 10, and it is back
    one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.OPEN


def test_half_of_the_calls_may_fail_and_one_more_may_not() -> None:
    breaker = Breaker("m", now=Clock())
    for _ in range(20):
        one(breaker)
        one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.CLOSED  # 20 of 40
    one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.OPEN  # 21 of 41


def test_only_the_last_hundred_calls_count() -> None:
    breaker = Breaker("m", now=Clock())
    for _ in range(1_000):
        one(breaker)
    for _ in range(50):
        one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.CLOSED  # 50 of 100
    one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.OPEN


def test_after_ten_seconds_one_call_goes_through_and_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.seconds += 9.9
    with pytest.raises(Unavailable):
        one(breaker)
    clock.seconds += 0.2
    assert breaker.state is BreakerState.HALF_OPEN
    with breaker.call(), pytest.raises(Unavailable):
        one(breaker)  # a second one while the first is on its way
    assert breaker.state is BreakerState.CLOSED
    one(breaker, Unavailable("down"))  # the failures of before are forgotten
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_another_ten_seconds() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.seconds += 10
    one(breaker, Unavailable("still down"))
    clock.seconds += 9
    with pytest.raises(Unavailable):
        one(breaker)
    clock.seconds += 1
    one(breaker)
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_is_cancelled_leaves_the_next_one_to_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.seconds += 10
    one(breaker, GeneratorExit())
    assert breaker.state is BreakerState.HALF_OPEN
    one(breaker)
    assert breaker.state is BreakerState.CLOSED


def test_cancelled_calls_and_refused_requests_do_not_open_it_and_odd_errors_do() -> None:
    breaker = Breaker("m", now=Clock())
    for _ in range(100):
        one(breaker, GeneratorExit())
    assert breaker.state is BreakerState.CLOSED
    for _ in range(100):
        one(breaker, DependencyError("it answered 401: set llm.api_key"))
    assert breaker.state is BreakerState.CLOSED
    for _ in range(51):
        one(breaker, RuntimeError("what a gateway thought of"))
    assert breaker.state is BreakerState.OPEN


def test_a_call_that_began_before_it_opened_says_nothing_when_it_ends() -> None:
    clock = Clock()
    breaker = Breaker("m", now=clock)
    with breaker.call():
        for _ in range(10):
            one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.OPEN


@given(st.lists(st.sampled_from(["good", "bad", "cancelled", "wait"]), max_size=300))
def test_it_never_stays_shut_for_good_and_opens_only_on_failures(steps: list[str]) -> None:
    clock, errors = Clock(), {"good": None, "bad": Unavailable("down"), "cancelled": GeneratorExit()}
    breaker = Breaker("m", now=clock)
    for step in steps:
        if step == "wait":
            clock.seconds += 10
        else:
            try:
                one(breaker, errors[step])
            except Unavailable:
                assert breaker.state is BreakerState.OPEN
    assert "bad" in steps or breaker.state is BreakerState.CLOSED
    clock.seconds += 10
    one(breaker)
    assert breaker.state is BreakerState.CLOSED


def test_each_model_at_each_server_has_its_own_and_the_worst_is_told() -> None:
    breakers = Breakers()
    for _ in range(10):
        one(breakers.of("qwen", "http://a/v1"), Unavailable("down"))
    assert breakers.of("qwen", "http://a/v1").state is BreakerState.OPEN
    one(breakers.of("qwen", "http://b/v1"))
    one(breakers.of("glm", "http://a/v1"))
    assert breakers.states() == {"qwen": BreakerState.OPEN, "glm": BreakerState.CLOSED}


class Scripted:
    """An answer model that says the deltas it was given, then raises."""

    name, parameters = "m", {}

    def __init__(self, *deltas: ModelDelta, error: Exception | None = None) -> None:
        self.deltas, self.error, self.calls = deltas, error, 0

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[ModelDelta]:
        self.calls += 1
        for delta in self.deltas:
            yield delta
        if self.error is not None:
            raise self.error


WHOLE = (ModelDelta(text="好"), ModelDelta(finish_reason="stop"))


async def said(model: GuardedModel) -> list[ModelDelta]:
    return [delta async for delta in model.stream([])]


def test_a_model_whose_breaker_is_open_is_not_called() -> None:
    model = Scripted(error=Unavailable("down"))
    guarded = GuardedModel(model, Breaker("m", now=Clock()))
    for _ in range(12):
        with pytest.raises(Unavailable):
            anyio.run(said, guarded)
    assert model.calls == 10


def test_a_whole_completion_passes_and_a_cut_one_passes_and_counts_as_failed() -> None:
    breaker = Breaker("m", now=Clock())
    assert anyio.run(said, GuardedModel(Scripted(*WHOLE), breaker)) == list(WHOLE)
    cut = (ModelDelta(text="half"), ModelDelta(finish_reason=None))
    for _ in range(9):
        assert anyio.run(said, GuardedModel(Scripted(*cut), breaker)) == list(cut)
    assert breaker.state is BreakerState.OPEN  # 9 of 10


def test_a_reader_that_leaves_early_says_nothing_about_the_model() -> None:
    breaker = Breaker("m", now=Clock())

    async def leave() -> None:
        async with aclosing(GuardedModel(Scripted(*WHOLE), breaker).stream([])) as deltas:
            await anext(deltas)

    for _ in range(30):
        anyio.run(leave)
    for _ in range(9):
        one(breaker, Unavailable("down"))
    assert breaker.state is BreakerState.CLOSED
