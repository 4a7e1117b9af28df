from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from waiting import until

from answer.caching.redis_link import RedisLink
from api.caller import OPERATOR, Caller
from api.limits.rates import Rates, network_of
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


@pytest.fixture
def link(redis_server):
    with closing(RedisLink(redis_server.settings, "citedesk:h1", retry_seconds=0.02)) as link:
        yield link


def test_two_services_that_share_a_redis_count_together(link):
    one, other = (Rates(LimitSettings(key_rate="3/minute", tenant_rate=""), link) for _ in range(2))

    counted = [each.count(caller(), "ask") for each in (one, other, one, other, one)]

    assert [bool(each.exceeded) for each in counted] == [False, False, False, True, True]
    assert dict(counted[1].headers)[b"ratelimit"].startswith(b'"key";r=1;t=')
    assert 0 < counted[3].retry_seconds <= 60


def test_a_request_that_redis_refuses_uses_up_nothing_else(link):
    counting = Rates(
        LimitSettings(key_rate="3/minute", tenant_rate="", route_rates={"replay_answer": "1/minute"}), link
    )

    counted = [counting.count(caller(), route) for route in ("replay_answer", "replay_answer", "ask", "ask", "ask")]

    assert [bool(each.exceeded) for each in counted] == [False, True, False, False, True]


def test_other_tenants_and_other_records_are_counted_apart(link, redis_server):
    settings = LimitSettings(key_rate="", tenant_rate="1/minute")
    assert not Rates(settings, link).count(caller(tenant="星海"), "ask").exceeded
    assert not Rates(settings, link).count(caller(tenant="acme"), "ask").exceeded
    with closing(RedisLink(redis_server.settings, "citedesk:h2")) as elsewhere:
        assert not Rates(settings, elsewhere).count(caller(tenant="星海"), "ask").exceeded
    assert Rates(settings, link).count(caller(tenant="星海"), "ask").exceeded


def test_while_redis_is_away_a_process_goes_on_from_what_it_let_in_itself(link, redis_server):
    one, other = (Rates(LimitSettings(key_rate="3/minute", tenant_rate=""), link) for _ in range(2))
    for each in (one, one, other):
        assert not each.count(caller(), "ask").exceeded
    redis_server.stop()

    assert [bool(one.count(caller(), "ask").exceeded) for _ in range(2)] == [False, True]
    assert [bool(other.count(caller(), "ask").exceeded) for _ in range(3)] == [False, False, True]
    redis_server.start()
    until(lambda: link.is_up)
    assert not other.count(caller(), "ask").exceeded  # the server kept nothing


def test_many_threads_at_once_never_pass_the_rate_of_all(link):
    services = [Rates(LimitSettings(key_rate="20/minute", tenant_rate="30/minute"), link) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda n: services[n % 4].count(caller(), "ask"), range(60)))

    assert sum(not each.exceeded for each in counted) == 20


def visitor(key="abc"):
    return Caller(tenant="星海", scopes=frozenset({Scope.ASK}), key=key, publishable=True)


def test_visitors_of_a_page_have_a_rate_for_each_address():
    counting = rates(address_rate="2/minute")

    counted = [counting.count(visitor(), "ask", "203.0.113.7") for _ in range(3)]

    assert [bool(each.exceeded) for each in counted] == [False, False, True]
    assert counted[2].exceeded == "the limit of this address is 2 per 1 minute"
    assert not counting.count(visitor(), "ask", "203.0.113.8").exceeded
    assert not counting.count(visitor("other"), "ask", "203.0.113.7").exceeded
    assert not counting.count(caller(), "ask", "203.0.113.7").exceeded


def test_visitors_are_not_told_how_much_the_tenant_asks():
    counted = rates(address_rate="2/minute", key_rate="9/minute", tenant_rate="5/minute").count(visitor(), "ask", "::1")
    assert dict(counted.headers)[b"ratelimit-policy"] == b'"address";q=2;w=60, "key";q=9;w=60'


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_visitor_chooses_the_end_of_an_ipv6_address_and_is_counted_by_its_beginning(address, network):
    assert network_of(address) == network
