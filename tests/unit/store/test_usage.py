import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from store.catalog import Catalog
from store.tenants import Tenants
from store.usage import Balance, Budget, TokenUsage

MONTH = "2026-11"


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog.open(tmp_path)
    Tenants(catalog).create("星海")
    yield catalog
    catalog.close()


def hold(usage, budgets, tokens, seconds=60.0):
    return usage.hold(budgets, tokens, period=MONTH, seconds=seconds)


def test_two_hundred_at_once_at_99_percent_never_exceed_the_budget(catalog):
    usage, budget = TokenUsage(catalog), Budget(tenant="default", key="abc", tokens=100_000)
    assert hold(usage, [budget], 99_000) is not None
    usage.settle([budget], held=99_000, spent=99_000, period=MONTH)
    most, guard = [0], threading.Lock()

    def ask(_):
        balances = hold(usage, [budget], 300)
        if balances is None:
            return False
        with guard:
            most[0] = max(most[0], balances[0].spent + balances[0].held)
        return True

    with ThreadPoolExecutor(16) as pool:
        let_in = sum(pool.map(ask, range(200)))

    # 1,000 tokens are left: three times 300, and not a fourth.
    assert let_in == 3
    assert most[0] == 99_900
    assert usage.of("default", MONTH) == [Balance(budget=budget, spent=99_000, held=900)]


def test_what_was_held_and_not_used_can_be_held_again(catalog):
    usage, budget = TokenUsage(catalog), Budget(tenant="星海", tokens=1_000)

    assert hold(usage, [budget], 800) is not None
    assert hold(usage, [budget], 300) is None
    usage.settle([budget], held=800, spent=100, period=MONTH)

    assert hold(usage, [budget], 900) == (Balance(budget=budget, spent=100, held=900),)


def test_an_answer_is_charged_to_the_key_and_its_tenant_or_to_neither(catalog):
    usage = TokenUsage(catalog)
    tenant, key = Budget(tenant="星海", tokens=500), Budget(tenant="星海", key="abc", tokens=10_000)

    assert hold(usage, [key, tenant], 400) is not None
    assert hold(usage, [key, tenant], 400) is None

    assert [(each.budget.key, each.held) for each in usage.of("星海", MONTH)] == [("", 400), ("abc", 400)]


def test_another_period_and_another_tenant_begin_at_nothing(catalog):
    usage, budget = TokenUsage(catalog), Budget(tenant="星海", tokens=500)
    hold(usage, [budget], 500)

    assert usage.hold([budget], 500, period="2026-12", seconds=60) is not None
    assert hold(usage, [Budget(tenant="default", tokens=500)], 500) is not None


def test_what_a_dead_process_held_comes_back_when_its_time_is_over(catalog):
    usage, budget = TokenUsage(catalog), Budget(tenant="default", tokens=500)
    hold(usage, [budget], 500, seconds=60.0)
    assert hold(usage, [budget], 1) is None
    with catalog.writing() as connection:
        connection.execute(text("UPDATE token_usage SET held_until = held_until - 61"))

    assert hold(usage, [budget], 500) == (Balance(budget=budget, spent=0, held=500),)


def test_more_than_the_whole_budget_is_never_held(catalog):
    assert hold(TokenUsage(catalog), [Budget(tenant="default", tokens=500)], 501) is None
    assert TokenUsage(catalog).of("default", MONTH) == []


def test_a_deleted_tenant_leaves_no_usage(catalog):
    usage, budget = TokenUsage(catalog), Budget(tenant="星海", tokens=500)
    hold(usage, [budget], 500)
    Tenants(catalog).delete("星海")

    assert usage.of("星海", MONTH) == []
