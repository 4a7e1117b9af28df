import asyncio
from contextlib import aclosing

import pytest

from answer.allowance import allowed
from answer.caching.cache import AnswerCache
from api.caller import OPERATOR, Caller
from api.errors import BudgetSpent, Busy, TooManyRequests
from api.limits.budgets import Budgets
from api.limits.turnstile import Remembered, Turnstile
from core.errors import Unavailable
from core.settings import LimitSettings, ModelSettings
from core.types import Answer, AnswerStatus, EvidenceFound, Finished, PromptUsed, Question, Usage
from store.catalog import Catalog
from store.key import Scope
from store.usage import Budget, TokenUsage

# An answer may take 1,500 + 500 tokens.
MODEL = ModelSettings(base_url="http://127.0.0.1:1/v1", model="m", input_tokens=1_500, max_tokens=500)
PROMPT = PromptUsed(name="answer.zh", language="zh", version=1, digest="0" * 16, variant="shipped")
ASKED = Question(text="发票多久？", kb="kb")


def caller(key="abc"):
    return Caller(tenant="default", scopes=frozenset({Scope.ASK}), key=key)


class Model:
    """Answers every question after ``wait`` and tells how many tokens it might write."""

    def __init__(self, wait=0.0, error=None, used=100):
        self.calls, self.most, self.wait, self.error, self.used = 0, [], wait, error, used

    async def stream(self, question):
        self.calls += 1
        yield EvidenceFound(question=question.text, evidence=())
        self.most.append(allowed(500))
        await asyncio.sleep(self.wait)
        if self.error:
            raise self.error
        yield Finished(
            answer=Answer(
                status=AnswerStatus.ANSWERED,
                question=question.text,
                text="两天",
                claims=(),
                evidence=(),
                probability=0.9,
                trace_id=f"t{self.calls}",
                usage=Usage(input_tokens=self.used),
                prompt=PROMPT,
            )
        )


@pytest.fixture
def usage(tmp_path):
    catalog = Catalog.open(tmp_path)
    yield TokenUsage(catalog)
    catalog.close()


def turnstile(model, usage=None, *, kept=None, key=None, **limits):
    settings = LimitSettings(**limits)
    remembered = None
    if kept is not None:
        remembered = Remembered(
            answers=AnswerCache(1_000_000),
            key=key or (lambda question: f"{question.kb} {question.text}"),
            keep_again=lambda question, answer, made: kept.append((answer.trace_id, made)),
        )
    budgets = None if usage is None else Budgets(usage, settings, MODEL)
    return Turnstile(model, settings, budgets=budgets, remembered=remembered)


async def ask(turnstile, who=None, question=ASKED, **how):
    async with aclosing(await turnstile.open(who or caller(), question, **how)) as events:
        found = [event async for event in events]
    return found[-1].answer


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # the condition is what others count, not an event
            await asyncio.sleep(0.001)


def spent(usage):
    month = Budgets(usage, LimitSettings(), MODEL).period()
    return [(each.spent, each.held) for each in usage.of("default", month)]


def test_an_equal_question_later_is_answered_from_the_cache_under_its_own_trace():
    async def main():
        model, kept = Model(), []
        gate = turnstile(model, kept=kept)
        return [await ask(gate) for _ in range(2)], model.calls, kept

    (first, second), calls, kept = asyncio.run(main())
    assert calls == 1
    assert (first.cached, second.cached) == (False, True)
    assert (first.trace_id, second.text, second.usage) == ("t1", "两天", Usage())
    assert kept == [(second.trace_id, "t1")]
    assert second.trace_id != "t1"


def test_equal_questions_at_once_ask_the_model_once_and_each_has_a_trace_of_its_own(usage):
    async def main():
        model, kept = Model(wait=0.01), []
        gate = turnstile(model, usage, kept=kept, key_tokens=1_000_000)
        return await asyncio.gather(*(ask(gate) for _ in range(20))), model.calls, kept

    answers, calls, kept = asyncio.run(main())
    assert calls == 1
    assert len({answer.trace_id for answer in answers}) == 20
    assert sorted(answer.cached for answer in answers) == [False] + [True] * 19
    assert len(kept) == 19
    assert spent(usage) == [(100, 0)]


def test_over_budget_is_refused_before_the_model_is_asked_and_cached_answers_go_on(usage):
    async def main():
        model = Model(used=2_000)
        gate = turnstile(model, usage, kept=[], key_tokens=3_000)
        await ask(gate)
        with pytest.raises(BudgetSpent):
            await ask(gate, question=Question(text="How long?", kb="kb"))
        return model.calls, (await ask(gate)).cached

    assert asyncio.run(main()) == (1, True)


def test_200_at_once_at_99_percent_of_a_budget_never_exceed_it(usage):
    async def one(gate, number):
        try:
            return await ask(gate, question=Question(text=f"第{number}问", kb="kb"))
        except BudgetSpent:
            return None

    async def main():
        model = Model(used=1_900)
        gate = turnstile(model, usage, key_tokens=500_000, answers=300, key_answers=300)
        budget = [Budget(tenant="default", key="abc", tokens=500_000)]
        usage.hold(budget, 495_000, period=Budgets(usage, LimitSettings(), MODEL).period(), seconds=60)
        usage.settle(budget, held=495_000, spent=495_000, period=Budgets(usage, LimitSettings(), MODEL).period())
        return await asyncio.gather(*(one(gate, number) for number in range(200))), model.calls

    answers, calls = asyncio.run(main())
    ((total, held),) = spent(usage)
    assert total <= 500_000
    assert (total, held) == (495_000 + 1_900 * calls, 0)
    # 5,000 tokens are left and 2,000 are held for each: two at once, none where 1,200 are left.
    assert calls == 2
    assert sum(answer is not None for answer in answers) == 2


def test_near_the_end_of_a_budget_the_model_may_write_less_and_the_answer_says_so(usage):
    async def main():
        model = Model(used=9_000)
        gate = turnstile(model, usage, kept=[], key_tokens=20_000, sparing_tokens=100)
        answers = [await ask(gate, question=Question(text=f"第{n}问", kb="kb")) for n in range(3)]
        return model.most, [answer.max_tokens for answer in answers]

    # 0, 9,000 and 18,000 of 20,000: at 90 % half of the way from 500 to 100.
    assert asyncio.run(main()) == ([500, 500, 300], [None, None, 300])


def test_a_shortened_answer_is_not_given_again(usage):
    async def main():
        model = Model(used=100)
        gate = turnstile(model, usage, kept=[], key_tokens=20_000)
        period = Budgets(usage, LimitSettings(), MODEL).period()
        budget = [Budget(tenant="default", key="abc", tokens=20_000)]
        usage.hold(budget, 17_000, period=period, seconds=60)
        usage.settle(budget, held=17_000, spent=17_000, period=period)
        return [(await ask(gate)).cached for _ in range(2)]

    assert asyncio.run(main()) == [False, False]


def test_a_follower_within_its_budget_is_not_refused_for_the_leaders(usage):
    async def main():
        model = Model(wait=0.01)
        gate = turnstile(model, usage, kept=[], tokens_of={"poor": 1_000})
        poor = asyncio.create_task(ask(gate, caller("poor")))
        while not (gate._flights._by_key or poor.done()):  # noqa: ASYNC110  # nothing tells that somebody boards
            await asyncio.sleep(0)
        rich = asyncio.create_task(ask(gate, caller("rich")))
        return await asyncio.gather(poor, rich, return_exceptions=True)

    poor, rich = asyncio.run(main())
    assert isinstance(poor, BudgetSpent)
    assert rich.text == "两天"


@pytest.mark.parametrize("error", [Unavailable("模型不在"), ValueError("broken")])
def test_an_answer_that_breaks_off_is_charged_in_full_and_not_kept(usage, error):
    async def main():
        model = Model(error=error)
        gate = turnstile(model, usage, kept=[], key_tokens=10_000)
        for _ in range(2):
            with pytest.raises(type(error)):
                await ask(gate)
        return model.calls

    assert asyncio.run(main()) == 2
    assert spent(usage) == [(4_000, 0)]


def test_who_goes_away_is_charged_what_was_held_and_the_model_is_given_up(usage):
    async def main():
        model = Model(wait=60)
        gate = turnstile(model, usage, key_tokens=10_000)
        task = asyncio.create_task(ask(gate))
        await until(lambda: model.most)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await gate.close()

    asyncio.run(main())
    assert spent(usage) == [(2_000, 0)]


def test_one_key_waits_for_so_many_answers_and_others_are_not_held_up():
    async def main():
        model = Model(wait=60)
        gate = turnstile(model, key_answers=2)
        tasks = [asyncio.create_task(ask(gate)) for _ in range(2)]
        await until(lambda: model.calls >= 2)
        with pytest.raises(TooManyRequests, match="waits for 2 answers"):
            await ask(gate)
        tasks += [asyncio.create_task(ask(gate, who)) for who in (caller("other"), OPERATOR)]
        await until(lambda: model.calls >= 4)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return gate._answers.total()

    assert asyncio.run(main()) == 0


def test_overload_sheds_before_anything_is_held(usage):
    async def main():
        model = Model(wait=60)
        gate = turnstile(model, usage, key_tokens=10_000, answers=1, wait_seconds=0.5)
        task = asyncio.create_task(ask(gate))
        await until(lambda: model.calls)
        # One answer is guessed at a second, and half of one is the longest wait.
        with pytest.raises(Busy):
            await ask(gate)
        held = spent(usage)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return held

    assert asyncio.run(main()) == [(0, 2_000)]
