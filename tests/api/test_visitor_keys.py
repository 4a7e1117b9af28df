"""Publishable keys over HTTP: what they open, from which pages, and what they are told."""

import json
import re

import httpx
import pytest
from starlette.datastructures import Headers
from tenant_home import TenantHome

from api.app import create_app
from api.auth import GuardedRoute
from api.errors import OnlyAsks
from api.limits.limits import Limits
from api.limits.rates import Rates
from api.limits.turnstile import Turnstile
from core.settings import LimitSettings, ServiceSettings
from store.document_edits import DocumentEdits
from store.edit import DocumentEdit
from store.key import Scope
from store.key import prefix_of as prefix

ASK = frozenset({Scope.ASK})
PAGE, OTHER, OWN = "https://help.example.com", "https://evil.example", "http://127.0.0.1:8000"
ALLOWED, SHOWN = "access-control-allow-origin", "access-control-expose-headers"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture(scope="module")
def token(home):
    return home.key(scopes=ASK, kbs=frozenset({"faq"}), origins=[PAGE], publishable=True)


def ask(home, token, origin=PAGE, *, question="退款要多久？", kb="faq", **more):
    headers = {} if origin is None else {"Origin": origin}
    body = {"question": question, "kb": kb, **more}
    return home.send("POST", "/v1/ask", token, headers=headers, json=body)


def preflight(home, origin, path="/v1/ask", method="POST"):
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return home.send("OPTIONS", path, headers={**headers, "Access-Control-Request-Headers": "authorization"})


@pytest.mark.parametrize(
    ("kind", "origin", "status"),
    [
        ("publishable", PAGE, 200),
        ("publishable", None, 403),
        ("publishable", OTHER, 403),
        ("publishable", OWN, 403),
        ("publishable", "null", 403),
        ("publishable", "", 403),
        ("publishable", f"{PAGE}.evil.example", 403),
        ("publishable", PAGE.replace("https", "http"), 403),
        ("publishable", f"{PAGE}:8443", 403),
        ("secret", None, 200),
        ("secret", OWN, 200),
        ("secret", PAGE, 403),
        ("secret", OTHER, 403),
        ("secret", "null", 403),
        ("secret", "", 403),
        ("secret with an origin", PAGE, 200),
        ("secret with an origin", None, 200),
        ("secret with an origin", OWN, 200),
        ("secret with an origin", OTHER, 403),
        ("revoked", PAGE, 401),
        ("expired", PAGE, 401),
    ],
)
def test_a_key_is_taken_from_the_pages_that_it_is_for(home, kind, origin, status):
    page = {"kbs": frozenset({"faq"}), "origins": [PAGE], "publishable": True}
    how = {
        "secret": {},
        "secret with an origin": {"origins": [PAGE]},
        "expired": {**page, "lasts_seconds": -1},
    }.get(kind, page)
    token = home.key(scopes=ASK, **how)
    if kind == "revoked":
        home.keys.revoke(prefix(token))
    answer = ask(home, token, origin)

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "urn:citedesk:problem:foreign-origin"
        assert token not in answer.text


def test_behind_a_proxy_that_rewrites_the_host_the_services_own_pages_go_on(home):
    headers = {"Origin": "https://desk.example.com", "Sec-Fetch-Site": "same-origin"}
    sent = [home.send("POST", "/v1/search", home.key(), headers=headers, json={"query": "发票", "kb": "faq"})]
    sent += [home.send("POST", "/v1/search", home.key(), headers={**headers, "Sec-Fetch-Site": "cross-site"}, json={})]
    assert [each.status_code for each in sent] == [200, 403]


def routes(home):
    for included in home.app.routes:
        for route in getattr(getattr(included, "original_router", None), "routes", [included]):
            if isinstance(route, GuardedRoute) and route.openapi_extra["security"]:
                yield route


def test_a_publishable_key_opens_one_route_of_all(home, token):
    opened, closed = set(), set()
    for route in routes(home):
        path = re.sub(r"\{\w+(:path)?\}", "1", route.path)
        for method in route.methods - {"HEAD"}:
            sent = home.send(method, path, token, headers={"Origin": PAGE})
            kept_out = sent.status_code == 403
            (closed if kept_out else opened).add(f"{method} {route.path}")
            if kept_out:
                assert "takes POST /v1/ask only" in sent.text
                assert ALLOWED not in sent.headers
    assert opened == {"POST /v1/ask"}
    assert len(closed) > 40


def test_it_asks_the_knowledge_bases_it_names_and_others_are_not_there(home, token):
    answers = {kb: ask(home, token, kb=kb) for kb in ("faq", "手册", "nowhere", "acme/faq")}

    assert {kb: answer.status_code for kb, answer in answers.items()} == {
        "faq": 200,
        "手册": 404,
        "nowhere": 404,
        "acme/faq": 404,
    }
    told = {answer.json()["detail"].replace(kb, "") for kb, answer in answers.items() if kb != "faq"}
    assert len(told) == 1


@pytest.mark.parametrize(("question", "quote"), [("退款要多久？", "发票"), ("Are monthly plans refundable?", "refund")])
def test_the_answer_tells_what_it_says_and_nothing_of_how_it_came_about(home, token, question, quote, parse_events):
    whole = ask(home, home.key(), None, question=question).json()
    told = ask(home, token, question=question).json()
    events = parse_events(ask(home, token, question=question, stream=True).content)

    assert set(told) == set("status text claims reason question conflicts next_step trace_id".split())
    assert [claim["text"] for claim in told["claims"]] == [claim["text"] for claim in whole["claims"]] != []
    assert set(told["claims"][0]["citations"][0]) == set("evidence title heading_path page quote url".split())
    assert json.loads(events[0]["data"]) == {"question": question}
    assert [json.loads(event["data"]) for event in events[1:-1]] == told["claims"]
    assert {**json.loads(events[-1]["data"]), "trace_id": ""} == {**told, "trace_id": ""}
    hit = whole["evidence"][0]
    for hidden in (hit["chunk_id"], hit["document_id"], hit["source"], "timings", "probability"):
        assert hidden not in json.dumps([told, events], ensure_ascii=False)


def test_a_browser_may_send_and_read_where_a_key_lists_the_origin(home, token):
    allowed, refused = preflight(home, PAGE), preflight(home, OTHER)

    assert allowed.status_code == 204
    assert allowed.headers[ALLOWED] == PAGE
    assert allowed.headers["access-control-allow-methods"] == "POST"
    assert allowed.headers["access-control-allow-headers"] == "authorization, content-type, last-event-id"
    assert "access-control-allow-credentials" not in allowed.headers
    assert allowed.headers["vary"] == refused.headers["vary"] == "Origin"
    assert refused.status_code == 403
    assert ALLOWED not in refused.headers
    assert refused.json()["type"] == "urn:citedesk:problem:foreign-origin"


def test_what_went_wrong_can_be_read_by_the_page_too(home, token):
    for answer in (ask(home, ""), ask(home, "pk_wrong"), ask(home, token, kb="nowhere"), ask(home, token, question="")):
        assert answer.status_code in {401, 404, 422}
        assert answer.headers[ALLOWED] == PAGE
        assert answer.headers[SHOWN] == "Retry-After"
    foreign = ask(home, token, OTHER)
    assert ALLOWED not in foreign.headers
    assert foreign.headers["vary"] == "Origin"


@pytest.mark.parametrize("path", ["/v1/search", "/v1/kbs", "/v1/keys", "/v1/documents", "/v1/chat/completions", "/mcp"])
def test_no_other_route_is_open_to_pages_of_other_origins(home, token, path):
    asked = preflight(home, PAGE, path)
    assert asked.status_code == 405
    assert ALLOWED not in asked.headers


def test_the_origin_of_a_revoked_key_is_forgotten_within_five_seconds(home):
    page = "https://old.example.com"
    token = home.key(scopes=ASK, kbs=frozenset({"faq"}), origins=[page], publishable=True)
    home.clock += 3
    assert preflight(home, page).status_code == 204

    home.keys.revoke(prefix(token))
    home.clock += 4.9

    assert preflight(home, page).status_code == 403


def test_visitors_are_counted_by_address_and_told_when_to_come_back(home, token):
    settings = LimitSettings(address_rate="2/minute")
    behind = Limits(settings=settings, rates=Rates(settings), turnstile=Turnstile(home.desk, settings))
    app = create_app(home.desk, door=home.door, limits=behind)

    async def asked(address):
        transport = httpx.ASGITransport(app, client=(address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            headers = {"Origin": PAGE, "Authorization": f"Bearer {token}"}
            return await client.post("/v1/ask", headers=headers, json={"question": "退款？", "kb": "faq"})

    mine = [home.run(asked("203.0.113.7")) for _ in range(3)]
    other = home.run(asked("203.0.113.8"))

    assert [answer.status_code for answer in [*mine, other]] == [200, 200, 429, 200]
    assert mine[2].headers[ALLOWED] == PAGE
    assert 1 <= int(mine[2].headers["retry-after"]) <= 60
    assert "tenant" not in mine[0].headers["ratelimit"]


def test_sources_are_linked_where_their_metadata_and_the_service_say_so(home, token):
    document = home.desk.catalog.identity("faq", "发票.md")
    edit = DocumentEdit(metadata={"url": f"{PAGE}/发票"})
    DocumentEdits(home.desk.catalog).put(document, edit)
    linking = create_app(home.desk, ServiceSettings(link_origins=(PAGE,)), door=home.door)

    async def asked(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
            headers = {"Origin": PAGE, "Authorization": f"Bearer {token}"}
            answer = await client.post("/v1/ask", headers=headers, json={"question": "发票多久？", "kb": "faq"})
            return {each["url"] for claim in answer.json()["claims"] for each in claim["citations"]}

    assert f"{PAGE}/发票" in home.run(asked(linking))
    assert home.run(asked(home.app)) == {None}


def test_keys_for_pages_are_made_over_http_and_say_what_they_are(home):
    admin = home.key(scopes=frozenset({Scope.ADMIN}))
    body = {"scopes": ["ask"], "kbs": ["faq"], "publishable": True, "origins": ["https://Help.Example.cn/"]}
    made = home.send("POST", "/v1/keys", admin, json=body).json()
    wrong = [
        {**body, "scopes": ["ask", "search"]},
        {**body, "kbs": None},
        {**body, "origins": []},
        {**body, "origins": ["https://*.example.cn"]},
    ]

    assert made["token"].startswith("pk_")
    assert (made["publishable"], made["origins"]) == (True, ["https://help.example.cn"])
    assert ask(home, made["token"], "https://help.example.cn").status_code == 200
    assert [home.send("POST", "/v1/keys", admin, json=each).status_code for each in wrong] == [422] * 4


def test_readiness_tells_a_visitor_as_little_as_anybody(home, token):
    told = home.send("GET", "/ready", token, headers={"Origin": PAGE}).json()["components"]
    assert told["indexes"] == "not ok"


def test_the_widget_comes_to_every_page_packed_and_is_asked_for_once(home):
    first = home.send("GET", "/widget.js", headers={"Accept-Encoding": "gzip", "Origin": OTHER})
    again = home.send("GET", "/widget.js", headers={"If-None-Match": first.headers["etag"]})
    plain = home.send("GET", "/widget.js", headers={"Accept-Encoding": "identity"})

    assert first.status_code == 200
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert first.headers["content-encoding"] == "gzip"
    assert int(first.headers["content-length"]) < 40_000
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert first.headers[ALLOWED] == "*"
    assert first.headers["cache-control"].startswith("public, max-age=600")
    assert first.headers["vary"] == "Accept-Encoding"
    assert plain.text == first.text
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_sockets_and_tools_refuse_it_too_since_a_route_must_ask_for_such_keys(home, token):
    headers = Headers({"authorization": f"Bearer {token}", "origin": PAGE})
    with pytest.raises(OnlyAsks, match="takes POST /v1/ask only"):
        home.run(home.door.admit(headers, [Scope.ASK]))
    assert home.run(home.door.admit(headers, [Scope.ASK], publishable=True)).publishable


def test_the_rule_stands_in_the_description(home):
    paths = home.send("GET", "/openapi.json").json()["paths"]
    open_to = {
        operation["operationId"]
        for item in paths.values()
        for operation in item.values()
        if {"publishable_key": []} in operation["security"]
    }
    assert open_to == {"ask"}
