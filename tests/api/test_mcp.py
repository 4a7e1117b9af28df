import asyncio
import json
import os
import subprocess
import sys

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from tenant_home import TenantHome

from api.app import create_app
from store.key import Scope, prefix_of

ENGLISH, CHINESE = "How long can annual plans be refunded?", "电子发票多久开出？"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.run(end(home.app.state.mcp))
    home.close()


async def end(service):
    await service.close()
    # The SDK's stream of events leaves a task behind in its loop.
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def with_client(home, token, work, mode="auto"):
    """What ``work(client)`` gives, the SDK's own client asked over the whole application."""

    async def talk():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx2.ASGITransport(home.app)
        address = "http://127.0.0.1:8000"
        async with (
            httpx2.AsyncClient(transport=transport, headers=headers) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return home.run(talk())


def call(home, token, name, mode="auto", **arguments):
    return with_client(home, token, lambda client: client.call_tool(name, arguments), mode)


def names(home, token):
    listed = with_client(home, token, lambda client: client.list_tools())
    return [tool.name for tool in listed.tools]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("question", "told"),
    [
        (ENGLISH, "Annual plans can be refunded within 30 days. [1]\n\nSources:\n\n- [1] Manual (refunds.md)"),
        (CHINESE, "电子发票在提交申请后两个工作日内开出。[1]\n\n来源：\n\n- [1] Manual（发票.md）"),
    ],
)
def test_a_question_is_answered_with_its_sources(home, question, told, mode):
    result = call(home, home.key(), "ask", mode, question=question, kb="faq")

    assert not result.is_error
    assert result.content[0].text == told
    assert result.structured_content["claims"][0]["citations"][0]["quote"] == told.partition(" [")[0].partition("[")[0]


def test_what_search_finds_can_be_shown_whole(home):
    token = home.key()
    found = call(home, token, "search", query="快递费", kb="手册", k=1)
    hit = found.structured_content["hits"][0]

    shown = call(home, token, "get_passage", chunk_id=hit["chunk_id"], kb="手册")

    assert found.content[0].text.startswith(f"[{hit['chunk_id']}] Manual (发票.md)\n\n")
    assert shown.structured_content["text"] == hit["text"] == "纸质专票每份收取快递费 15 元。"
    assert shown.content[0].text.endswith(f"(发票.md)\n\n{hit['text']}")


def test_searches_of_tools_wait_for_the_places_that_all_searches_share(home):
    places = home.app.state.service.searches

    async def asked_while_others_search(client):
        others = [object() for _ in range(int(places.total_tokens))]
        for other in others:
            await places.acquire_on_behalf_of(other)
        asking = asyncio.create_task(client.call_tool("search", {"query": CHINESE, "kb": "faq"}))
        done, _ = await asyncio.wait({asking}, timeout=0.3)
        for other in others:
            places.release_on_behalf_of(other)
        return done, await asking

    done, found = with_client(home, home.key(), asked_while_others_search)

    assert not done
    assert found.structured_content["hits"]


def test_a_key_sees_the_tools_of_its_scopes_and_the_names_of_its_knowledge_bases(home):
    assert names(home, home.key()) == ["search", "ask", "get_passage"]
    assert names(home, home.key(scopes=frozenset({Scope.ASK}))) == ["ask"]
    assert names(home, home.key(scopes=frozenset({Scope.SEARCH}))) == ["search", "get_passage"]
    token = home.key(kbs=frozenset({"手册"}))
    listed = with_client(home, token, lambda client: client.list_tools())
    assert {tuple(tool.input_schema["properties"]["kb"]["enum"]) for tool in listed.tools} == {("手册",)}
    assert "kb" in listed.tools[0].input_schema["required"]


def test_a_tool_outside_the_scopes_is_refused(home):
    result = call(home, home.key(scopes=frozenset({Scope.ASK})), "search", query="发票", kb="faq")
    assert result.is_error
    assert "scope search; yours has ask" in result.content[0].text


def test_what_is_anothers_is_answered_like_what_is_not_there(home):
    token, theirs = home.key("acme"), home.key("星海")
    hit = call(home, theirs, "search", query="快递费", kb="faq", k=1).structured_content["hits"][0]
    for name, arguments in (
        ("ask", {"question": CHINESE, "kb": "星海/faq"}),
        ("search", {"query": CHINESE, "kb": "nowhere"}),
        ("get_passage", {"chunk_id": hit["chunk_id"], "kb": "faq"}),
        ("get_passage", {"chunk_id": "没有", "kb": "faq"}),
    ):
        result = call(home, token, name, **arguments)
        assert result.is_error
        assert result.structured_content["status"] == 404


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("shout", {}, "there is no tool 'shout'; there is: search, ask, get_passage"),
        ("ask", {"kb": "faq"}, "question: Field required"),
        ("ask", {"question": " ", "kb": "faq"}, "the question is empty"),
        ("search", {"query": "发票", "kb": "faq", "k": 500}, "k: Input should be less than or equal to 50"),
        ("search", {"query": "发票", "top": 3}, "top: Extra inputs are not permitted; known are query, kb, k"),
    ],
)
def test_wrong_arguments_are_told_where_the_calling_model_reads_it(home, name, arguments, told):
    result = call(home, home.key(), name, **arguments)
    assert result.is_error
    assert told in result.content[0].text


@pytest.mark.parametrize("kind", ["none", "unknown", "revoked", "other scope"])
def test_nobody_gets_to_the_protocol_without_a_key_for_it(home, kind):
    revoked = home.key()
    home.keys.revoke(prefix_of(revoked))
    token = {
        "none": "",
        "unknown": "cdk_aaaaaaaaaaaa_" + "x" * 43,
        "revoked": revoked,
        "other scope": home.key(scopes=frozenset({Scope.INGEST})),
    }[kind]
    response = home.send("POST", "/mcp", token, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert response.status_code == (403 if kind == "other scope" else 401)
    assert home.send("GET", "/mcp", home.key()).status_code == 405


def test_a_page_of_another_site_is_refused_where_there_are_no_keys(tmp_path):
    alone = TenantHome(tmp_path, texts={}, loopback=True)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert alone.send("POST", "/mcp", json=message, headers={"Origin": "https://evil.example"}).status_code == 403
    alone.close()


def test_a_service_that_was_never_asked_starts_nothing(home):
    app = create_app(home.desk)
    asyncio.run(app.state.mcp.close())
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, api.app, api.cli; print(sorted({'mcp', 'mcp_types'} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert loaded.stdout == "[]\n"


def test_the_protocols_own_errors_are_its_own(home):
    answer = home.send(
        "POST",
        "/mcp",
        home.key(),
        content=b"{",
        headers={"Content-Type": "application/json", "Accept": "application/json, text/event-stream"},
    )
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]["code"] == -32700
