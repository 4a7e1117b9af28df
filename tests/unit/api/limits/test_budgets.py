import asyncio
from datetime import UTC, datetime

import pytest

from api.caller import OPERATOR, Caller
from api.errors import BudgetSpent
from api.limits.budgets import Budgets
from core.settings import LimitSettings, ModelSettings
from core.types import Usage
from store.catalog import Catalog
from store.key import Scope
from store.tenants import Tenants
from store.usage import Budget, TokenUsage

CALLER = Caller(tenant="星海", scopes=frozenset({Scope.ASK}), key="abcdefghijkl")
# An answer may take 1,500 + 500 tokens.
MODEL = ModelSettings(base_url="http://127.0.0.1:1/v1", model="m", input_tokens=1_500, max_tokens=500)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def usage(tmp_path):
    catalog = Catalog.open(tmp_path)
    Tenants(catalog).create("星海")
    yield TokenUsage(catalog)
    catalog.close()


def budgets(usage, llm=MODEL, **limits):
    return Budgets(usage, LimitSettings(**limits), llm, now=lambda: NOW)


def spend(budgets, tokens):
    async def main():
        hold = await budgets.hold(CALLER)
        await budgets.settle(hold, Usage(input_tokens=tokens))

    asyncio.run(main())


def test_an_answer_is_charged_what_it_used(usage):
    kept = budgets(usage, key_tokens=10_000)
    spend(kept, 1_234)

    assert [(each.spent, each.held) for each in usage.of("星海", "2026-11")] == [(1_234, 0)]


def test_what_nobody_knows_counts_as_all_that_was_held(usage):
    kept = budgets(usage, key_tokens=10_000)

    async def main():
        await kept.settle(await kept.hold(CALLER), None)

    asyncio.run(main())
    assert usage.of("星海", "2026-11")[0].spent == 2_000


def test_max_tokens_shrink_from_80_percent_on(usage):
    kept = budgets(usage, tenant_tokens=100_000, sparing_tokens=100)
    limits = []
    for target in (79_999, 80_000, 90_000, 98_000):
        spend(kept, target - (usage.of("星海", "2026-11") or [None])[0].spent if limits else target)
        hold = asyncio.run(kept.hold(CALLER))
        limits.append(hold.max_tokens)
        asyncio.run(kept.settle(hold, Usage()))

    # Linear from 500 at 80 % to 100 at the end: half of the way, 300; a tenth before the end, 140.
    assert limits == [None, 500, 300, 140]


def test_over_budget_says_whose_and_comes_back_with_the_next_month(usage):
    kept = budgets(usage, key_tokens=3_000)
    spend(kept, 1_500)

    with pytest.raises(BudgetSpent, match="an answer may take 2,000 tokens, and the budget of this key") as caught:
        asyncio.run(kept.hold(CALLER))
    # To the end of November: 12 hours and 8 days.
    assert caught.value.retry_seconds == 12 * 3_600 + 8 * 86_400


def test_what_is_only_held_elsewhere_is_free_again_soon(usage):
    kept = budgets(usage, key_tokens=3_000)

    async def main():
        await kept.hold(CALLER)
        await kept.hold(CALLER)

    with pytest.raises(BudgetSpent, match="held for answers that are being made") as caught:
        asyncio.run(main())
    assert caught.value.retry_seconds == 5


def test_days_end_at_midnight_in_utc(usage):
    kept = budgets(usage, key_tokens=2_500, period="day")
    spend(kept, 2_000)

    with pytest.raises(BudgetSpent) as caught:
        asyncio.run(kept.hold(CALLER))
    assert caught.value.retry_seconds == 12 * 3_600


def test_a_tenant_or_key_may_have_a_budget_of_its_own(usage):
    kept = budgets(usage, tenant_tokens=10, key_tokens=20, tokens_of={"星海": 70_000, CALLER.key: 30_000})

    assert kept.of(CALLER) == (
        Budget(tenant="星海", tokens=70_000),
        Budget(tenant="星海", key=CALLER.key, tokens=30_000),
    )


@pytest.mark.parametrize("llm", [MODEL, ModelSettings()])
def test_the_operator_and_a_home_without_a_model_have_no_budget(usage, llm):
    kept = budgets(usage, llm, tenant_tokens=10)
    caller = OPERATOR if llm is MODEL else CALLER

    assert asyncio.run(kept.hold(caller)) is None
