"""What keys asked, added up by day."""

import pytest

from store.tenants import Tenants
from store.usage_days import UsageDay, UsageDays, Used


def a_day(day="2026-03-01", *, tenant="default", key="k1", **used):
    return UsageDay(tenant=tenant, key=key, day=day, used=Used(**used))


@pytest.fixture
def days(catalog):
    return UsageDays(catalog)


def test_what_several_processes_count_is_added(days, catalog):
    days.add([a_day(requests=3, answers=2, cached=1, input_tokens=10, output_tokens=4, cost=0.5)])
    UsageDays(catalog).add([a_day(requests=1, answers=1, input_tokens=5, cost=0.25)])
    (found,) = days.of("default", since="2026-03-01", until="2026-03-01")
    assert found.used == Used(requests=4, answers=3, cached=1, input_tokens=15, output_tokens=4, cost=0.75)


def test_days_are_the_newest_first_of_the_tenant_and_key_that_is_asked_for(days, catalog):
    Tenants(catalog).create("星海")
    days.add([a_day("2026-03-01"), a_day("2026-03-03"), a_day("2026-03-02", key=""), a_day(tenant="星海", key="k2")])

    def found(tenant, since="2026-03-01", until="2026-03-03", key=None):
        return [(each.day[-2:], each.tenant, each.key) for each in days.of(tenant, since=since, until=until, key=key)]

    assert found("default") == [("03", "default", "k1"), ("02", "default", ""), ("01", "default", "k1")]
    assert found("default", key="k1") == [("03", "default", "k1"), ("01", "default", "k1")]
    assert found("default", since="2026-03-02", until="2026-03-02") == [("02", "default", "")]
    assert found(None, until="2026-03-01") == [("01", "default", "k1"), ("01", "星海", "k2")]


def test_a_tenant_that_is_gone_meanwhile_costs_the_others_nothing(days, catalog):
    Tenants(catalog).create("星海")
    days.add([a_day(tenant="星海", requests=1)])
    Tenants(catalog).delete("星海")
    days.add([a_day(tenant="星海", requests=1), a_day(requests=2)])
    assert [each.used.requests for each in days.of(None, since="2026-01-01", until="2026-12-31")] == [2]
