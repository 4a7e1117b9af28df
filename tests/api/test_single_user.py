"""A home without keys: its owner is answered on this machine, and no web page that a browser shows there."""

import time

import pytest
from starlette.datastructures import Headers
from tenant_home import TenantHome

from api.errors import NotFromHere
from api.operator_token import LIFE_SECONDS, is_operator_token, operator_token
from api.origins import check_from_here
from store.key import prefix_of
from store.pepper import read_pepper

SEARCH = {"query": "refund 发票", "kb": "faq"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Only this machine reaches it, and it has no key; its tests make none."""
    home = TenantHome(tmp_path_factory.mktemp("home"), loopback=True)
    yield home
    home.close()


@pytest.fixture
def own(tmp_path):
    home = TenantHome(tmp_path, texts={}, loopback=True)
    yield home
    home.close()


def status(home, token="", **headers):
    return home.send("GET", "/v1/kbs", token, headers=headers).status_code


def test_the_owner_needs_no_key_and_sees_every_tenant(alone):
    assert alone.send("POST", "/v1/search", json=SEARCH).status_code == 200
    assert alone.send("POST", "/v1/search", json={**SEARCH, "kb": "星海/手册"}).status_code == 200
    assert len(alone.send("GET", "/v1/kbs").json()["kbs"]) == 6


def test_a_key_that_other_tools_insist_on_does_no_harm(alone):
    assert status(alone, "sk-none") == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9", "LOCALHOST", "[::1]:8000", "[::1]", "127.9.9.9"]
)
def test_names_of_this_machine_are_taken(host):
    check_from_here(Headers({"host": host}))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "",
        "10.0.0.1:8000",
        "127.0.0.1.evil.example",
        "[::2]:1",
    ],
)
def test_other_names_are_refused(host):
    with pytest.raises(NotFromHere, match="is not this machine"):
        check_from_here(Headers({"host": host}))


def test_a_name_that_was_bound_to_this_machine_is_refused_with_a_problem(alone):
    response = alone.send("POST", "/v1/search", json=SEARCH, headers={"Host": "evil.example:8000"})

    assert response.status_code == 403
    assert response.json()["type"] == "urn:citedesk:problem:not-from-here"
    assert "citedesk keys create" in response.json()["detail"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", ""])
def test_a_page_of_another_origin_is_refused(alone, origin):
    assert status(alone, Origin=origin) == 403


def test_a_page_of_the_service_itself_is_answered(alone):
    assert status(alone, Origin="http://127.0.0.1:8000") == 200


def test_a_page_under_a_name_of_its_own_learns_nothing_of_the_machine(alone):
    def indexes(host):
        return alone.send("GET", "/ready", headers={"Host": host}).json()["components"]["indexes"]

    assert indexes("evil.example") == "not ok"
    assert "/srv/citedesk" in indexes("localhost")


def test_the_first_key_shuts_the_door(own):
    assert status(own) == 200
    token = own.key()
    own.clock += 2.0

    assert status(own) == 401
    assert status(own, token) == 200
    assert status(own, token, Host="help.example.com") == 200


def test_the_door_stays_shut_when_the_last_key_is_revoked_or_deleted(own):
    theirs = own.key("acme")
    assert status(own) == 401
    own.keys.revoke(prefix_of(theirs))
    own.tenants.delete("acme")
    own.clock += 10.0

    assert status(own) == 401


def test_where_other_machines_reach_it_nobody_comes_in_without_a_key(tmp_path):
    home = TenantHome(tmp_path, texts={}, loopback=False)
    assert status(home) == 401
    home.close()


def test_commands_of_the_home_are_its_operator(own):
    own.key()

    assert status(own, operator_token(own.folder)) == 200
    assert status(own, "cdk_operator_1_" + "0" * 64) == 401


def test_a_token_of_the_operator_lives_a_minute_and_only_in_its_home(tmp_path):
    token, pepper, now = operator_token(tmp_path), read_pepper(tmp_path), time.time()

    assert is_operator_token(pepper, token, now)
    assert not is_operator_token(b"q" * 32, token, now)
    assert not is_operator_token(pepper, token, now + LIFE_SECONDS + 2)
    assert not is_operator_token(pepper, token.replace("operator_", "operator_1"), now)
