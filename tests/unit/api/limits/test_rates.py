import pytest

from api.caller import OPERATOR, Caller
from api.limits.rates import Rates
from core.errors import InvalidInput
from core.settings import LimitSettings
from store.key import Scope


def caller(key="abc", tenant="星海"):
    return Caller(tenant=tenant, scopes=frozenset({Scope.ASK}), key=key)


def rates(**settings):
    return Rates(LimitSettings(**{"key_rate": "", "tenant_rate": ""} | settings))


def test_a_key_may_ask_as_often_as_its_rate_says():
    counting = rates(key_rate="3/minute")

    counted = [counting.count(caller(), "ask") for _ in range(4)]

    assert [bool(each.exceeded) for each in counted] == [False, False, False, True]
    assert counted[3].exceeded == "the limit of this key is 3 per 1 minute"
    assert 0 < counted[3].retry_seconds <= 60
    assert not counting.count(caller(key="other"), "ask").exceeded


def test_headers_say_how_much_is_left_in_the_words_of_the_draft():
    headers = dict(rates(key_rate="3/minute", tenant_rate="100/hour").count(caller(), "ask").headers)

    assert headers[b"ratelimit-policy"] == b'"key";q=3;w=60, "tenant";q=100;w=3600'
    key, tenant = headers[b"ratelimit"].decode().split(", ")
    assert key.startswith('"key";r=2;t=')
    assert tenant.startswith('"tenant";r=99;t=')


def test_all_keys_of_a_tenant_count_together_and_other_tenants_apart():
    counting = rates(tenant_rate="2/minute")

    assert [bool(counting.count(caller(key=key), "ask").exceeded) for key in "abc"] == [False, False, True]
    assert not counting.count(caller(tenant="acme"), "ask").exceeded


def test_a_route_has_a_rate_of_its_own():
    counting = rates(route_rates={"replay_answer": "1/minute"})

    assert not counting.count(caller(), "replay_answer").exceeded
    assert counting.count(caller(), "replay_answer").exceeded == "the limit of this route is 1 per 1 minute"
    assert not counting.count(caller(), "ask").exceeded


def test_a_refused_request_uses_up_nothing_else():
    counting = rates(route_rates={"replay_answer": "1/minute"}, key_rate="3/minute")

    counted = [counting.count(caller(), route) for route in ("replay_answer", "replay_answer", "ask", "ask", "ask")]

    assert [bool(each.exceeded) for each in counted] == [False, True, False, False, True]


def test_the_operator_of_a_home_is_not_counted():
    counting = rates(key_rate="1/minute")

    assert [counting.count(OPERATOR, "ask").headers for _ in range(3)] == [(), (), ()]


def test_a_rate_that_cannot_be_read_is_named():
    with pytest.raises(InvalidInput, match=r"limits\.key_rate = '3 per fish'"):
        rates(key_rate="3 per fish")
