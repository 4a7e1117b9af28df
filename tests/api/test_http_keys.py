"""Keys and tenants over HTTP: nobody gives away more than they have."""

import logging

import pytest
from tenant_home import TenantHome

from api.auth import Door
from api.key_ring import KeyRing
from store.key import Scope
from store.key import prefix_of as prefix
from store.pepper import read_pepper

ADMIN = frozenset({Scope.ADMIN})


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"), texts={"发票.md": "电子发票在两个工作日内开出。"})
    yield home
    home.close()


@pytest.fixture(scope="module")
def admin(home):
    return home.key(scopes=ADMIN, label="运维 ops")


def listed(home, token):
    return {each["prefix"]: each for each in home.send("GET", "/v1/keys", token).json()["keys"]}


def test_a_key_is_made_opens_what_it_says_and_ends(home, admin):
    body = {"scopes": ["search"], "label": "官网 website", "kbs": ["手册"], "lasts_days": 30}
    made = home.send("POST", "/v1/keys", admin, json=body)
    assert made.status_code == 201
    token, name = made.json()["token"], made.json()["prefix"]
    search = {"json": {"query": "发票", "kb": "手册"}}
    assert home.send("POST", "/v1/search", token, **search).status_code == 200
    assert home.send("POST", "/v1/search", token, json={"query": "发票", "kb": "faq"}).status_code == 404
    assert home.send("GET", "/v1/keys", token).status_code == 403

    revoked = home.send("POST", f"/v1/keys/{name}/revoke", admin).json()
    again = home.send("POST", f"/v1/keys/{name}/revoke", admin).json()
    home.clock += 3
    assert revoked["state"] == "revoked"
    assert again["revoked_at"] == revoked["revoked_at"]
    assert home.send("POST", "/v1/search", token, **search).status_code == 401


def test_a_list_tells_what_keys_open_and_never_their_tokens(home, admin):
    made = home.send("POST", "/v1/keys", admin, json={"scopes": ["ask", "search"], "label": "客服"}).json()
    line = listed(home, admin)[made["prefix"]]

    assert "token" not in line
    assert "digest" not in line
    assert {key: line[key] for key in ("tenant", "label", "scopes", "kbs", "state", "expires_at")} == {
        "tenant": "default",
        "label": "客服",
        "scopes": ["ask", "search"],
        "kbs": None,
        "state": "active",
        "expires_at": None,
    }


def test_tenants_neither_see_nor_end_nor_make_keys_of_others(home, admin):
    theirs = home.key("星海", ADMIN, label="星海管理员")
    assert set(listed(home, theirs)) == {prefix(theirs)}
    assert prefix(theirs) not in listed(home, admin)
    missing = home.send("POST", "/v1/keys/aaaaaaaaaaaa/revoke", admin)
    foreign = home.send("POST", f"/v1/keys/{prefix(theirs)}/revoke", admin)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"].replace(prefix(theirs), "aaaaaaaaaaaa") == missing.json()["detail"]
    assert home.send("POST", "/v1/keys", admin, json={"scopes": ["ask"], "tenant": "星海"}).status_code == 404
    assert home.send("POST", "/v1/keys", admin, json={"scopes": ["ask"], "tenant": "default"}).status_code == 201


def test_a_key_for_some_knowledge_bases_gives_out_keys_for_those_only(home, admin):
    limited = home.key(scopes=ADMIN, kbs=frozenset({"faq"}))
    for kbs in (None, ["手册"], ["faq", "手册"]):
        assert home.send("POST", "/v1/keys", limited, json={"scopes": ["ask"], "kbs": kbs}).status_code == 404
    made = home.send("POST", "/v1/keys", limited, json={"scopes": ["ask"], "kbs": ["faq"]})

    assert made.status_code == 201
    assert set(listed(home, limited)) == {prefix(limited), made.json()["prefix"]}
    assert home.send("POST", f"/v1/keys/{prefix(admin)}/revoke", limited).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"scopes": []}, "#/scopes"),
        ({"scopes": ["all"]}, "#/scopes/0"),
        ({"scopes": ["ask"], "kbs": []}, "#/kbs"),
        ({"scopes": ["ask"], "lasts_days": 0}, "#/lasts_days"),
        ({"scopes": ["ask"], "名称": "x"}, "#/%E5%90%8D%E7%A7%B0"),
    ],
)
def test_what_cannot_be_made_says_where_it_is_wrong(home, admin, body, pointer):
    problem = home.send("POST", "/v1/keys", admin, json=body)
    assert problem.status_code == 422
    assert [error["pointer"] for error in problem.json()["errors"]] == [pointer]


def test_a_tenant_is_made_with_the_only_key_into_it(home, admin):
    made = home.send("POST", "/v1/tenants", admin, json={"name": "north", "with_key": True, "label": "管理员"}).json()
    token = made["key"]["token"]

    assert (made["name"], made["kbs"], made["keys"], made["key"]["scopes"]) == ("north", 0, 1, ["admin"])
    assert home.send("PUT", "/v1/kbs/handbook", token).status_code == 201
    assert home.send("GET", "/v1/kbs/handbook", admin).status_code == 404
    lines = {each["name"]: each for each in home.send("GET", "/v1/tenants", admin).json()["tenants"]}
    assert lines["north"] == {"name": "north", "kbs": 1, "keys": 1}
    assert home.send("POST", "/v1/tenants", admin, json={"name": "north"}).status_code == 422
    assert home.send("GET", "/v1/tenants", token).status_code == 404


def test_the_caller_is_told_who_it_is(home, admin):
    token = home.key("星海", frozenset({Scope.ASK}), kbs=frozenset({"手册"}))
    assert home.send("GET", "/v1/caller", token).json() == {
        "tenant": "星海",
        "key": prefix(token),
        "scopes": ["ask"],
        "kbs": ["手册"],
        "runs_the_home": False,
    }
    assert home.send("GET", "/v1/caller", admin).json()["runs_the_home"] is True


def test_no_token_is_kept_with_an_idempotency_key_or_written_to_the_log(home, admin, caplog):
    caplog.set_level(logging.DEBUG)
    headers, body = {"Idempotency-Key": "k1"}, {"scopes": ["ask"]}
    first = home.send("POST", "/v1/keys", admin, json=body, headers=headers).json()
    second = home.send("POST", "/v1/keys", admin, json=body, headers=headers).json()

    assert first["token"] != second["token"]
    assert first["token"] not in caplog.text
    with home.desk.catalog.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM idempotency").scalar()
    assert kept == 0


def test_the_operator_makes_the_first_key_for_any_tenant_and_is_then_asked_for_one(tmp_path):
    home = TenantHome(tmp_path, texts={}, loopback=True)
    made = home.send("POST", "/v1/keys", json={"scopes": ["admin"], "tenant": "acme"})
    assert made.status_code == 201
    assert made.json()["tenant"] == "acme"
    home.clock += 3
    assert home.send("GET", "/v1/keys").status_code == 401
    assert set(listed(home, made.json()["token"])) == {made.json()["prefix"]}
    home.close()


def test_a_service_without_a_key_ring_has_no_keys_to_tell_of(home):
    home.app.state.door, door = Door(), home.door
    try:
        assert home.send("GET", "/v1/keys").status_code == 404
    finally:
        home.app.state.door = door
    assert KeyRing(home.keys, read_pepper(home.folder)).keys is home.keys
