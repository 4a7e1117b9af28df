"""The chat interface over the whole application, in this process; ``test_real_clients.py`` has the clients."""

import json

import pytest
from jsonschema import Draft202012Validator
from tenant_home import TenantHome

from api.compat.body import ChatBody
from api.errors import InvalidField
from core.types import Turn
from store.key import Scope

ASK = {"model": "citedesk/faq", "messages": [{"role": "user", "content": "How long can annual plans be refunded?"}]}
CHINESE = [{"role": "user", "content": "电子发票多久开出？"}]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture(scope="module")
def token(home):
    return home.key(scopes=frozenset({Scope.ASK}))


def chat(home, token, **body):
    return home.send("POST", "/v1/chat/completions", token, json=ASK | body)


def chunks(response):
    *data, last = (line.removeprefix("data: ") for line in response.text.split("\n\n") if line)
    assert last == "[DONE]"
    return [json.loads(one) for one in data]


def said(parts):
    return "".join(choice["delta"].get("content", "") for part in parts for choice in part["choices"])


def question_of(*messages, **more):
    return ChatBody(model="citedesk/faq", messages=list(messages), **more).to_question("faq")


def user(text):
    return {"role": "user", "content": text}


def test_an_answer_is_a_completion_with_the_ask_document_beside_it(home, token):
    completion = chat(home, token).json()

    assert completion["object"] == "chat.completion"
    assert completion["model"] == "citedesk/faq"
    (choice,) = completion["choices"]
    assert (choice["finish_reason"], choice["message"]["role"]) == ("stop", "assistant")
    assert choice["message"]["content"].startswith("Annual plans can be refunded within 30 days. [1]\n\nSources:")
    cited = completion["citedesk"]["answer"]["claims"][0]["citations"][0]
    assert (cited["evidence"], cited["source"], cited["span"]) == (1, "refunds.md", [0, 44])


def test_a_completion_fits_its_description(home, token):
    document = home.send("GET", "/openapi.json").json()
    for name, response in (
        ("ChatCompletion", chat(home, token, messages=CHINESE)),
        ("ErrorDocument", chat(home, token, n=2)),
        ("ModelList", home.send("GET", "/v1/models", token)),
        ("Model", home.send("GET", "/v1/models/citedesk/手册", token)),
    ):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(response.json())


@pytest.mark.parametrize("messages", [ASK["messages"], CHINESE])
def test_the_chunks_of_a_stream_make_up_the_same_message(home, token, messages):
    whole = chat(home, token, messages=messages).json()["choices"][0]["message"]["content"]
    parts = chunks(chat(home, token, messages=messages, stream=True))

    assert said(parts) == whole
    assert parts[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [part["choices"][0]["finish_reason"] for part in parts] == [None] * (len(parts) - 1) + ["stop"]
    assert len({part["id"] for part in parts}) == 1
    claims = [part["citedesk"]["claim"] for part in parts if "claim" in part.get("citedesk", {})]
    assert claims == parts[-1]["citedesk"]["answer"]["claims"]
    assert all("usage" not in part for part in parts)


def test_usage_comes_last_where_it_is_asked_for(home, token):
    *parts, last = chunks(chat(home, token, stream=True, stream_options={"include_usage": True}))

    assert [part["usage"] for part in parts] == [None] * len(parts)
    assert (last["choices"], last["usage"]) == ([], chat(home, token).json()["usage"])


def test_without_a_model_the_tokens_are_those_of_the_conversation(home, token):
    usage = chat(home, token, messages=[user("Refunds?")]).json()["usage"]

    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 1 <= usage["prompt_tokens"] <= 4
    assert usage["completion_tokens"] > 5


def test_models_are_the_knowledge_bases_that_the_key_may_ask(home):
    def ids(token):
        return [model["id"] for model in home.send("GET", "/v1/models", token).json()["data"]]

    assert ids(home.key()) == ["citedesk/faq", "citedesk/手册"]
    assert ids(home.key("acme", kbs=frozenset({"手册"}))) == ["citedesk/手册"]


@pytest.mark.parametrize(
    "model", ["gpt-4o", "faq", "citedesk/", "citedesk/nowhere", "citedesk/acme/faq", "Citedesk/faq"]
)
def test_every_unknown_model_is_told_alike(home, token, model):
    asked = chat(home, token, model=model)
    assert asked.status_code == 404
    error = asked.json()["error"]
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert error["message"] == f"The model {model!r} does not exist or you do not have access to it."


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"foo": 1}, "foo", "unknown_parameter"),
        ({"tools": [{"type": "function"}]}, "tools", "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "response_format", "unsupported_parameter"),
        ({"stop": ["。"]}, "stop", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"n": 2}, "n", "invalid_value"),
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages", "invalid_value"),
        ({"messages": [user("退款？"), {"role": "assistant", "content": "30 天"}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content",
            "unsupported_content",
        ),
        ({"citedesk": {"filters": {}}}, "citedesk.filters", "unknown_parameter"),
        ({"messages": [user("长" * 5_000)]}, "messages", "invalid_value"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_parameter(home, token, body, param, code):
    response = chat(home, token, **body)

    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (400, "invalid_request_error")
    assert (error["param"], error["code"]) == (param, code)


def test_parameters_of_a_models_words_and_empty_ones_have_no_effect(home, token):
    plain = chat(home, token).json()["choices"]
    more = {"temperature": 0.7, "top_p": 1, "seed": 7, "max_tokens": 5, "user": "u", "metadata": {"a": "b"}, "n": 1}
    empty = {"tools": [], "stop": None, "tool_choice": "auto", "response_format": {"type": "text"}, "logprobs": False}

    assert chat(home, token, **more, **empty).json()["choices"] == plain


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("none", 401, "invalid_api_key"), ("wrong", 401, "invalid_api_key"), ("other scope", 403, "missing_scope")],
)
def test_who_may_not_ask_is_told_in_their_shape(home, kind, status, code):
    token = {"none": "", "wrong": "sk-123", "other scope": home.key(scopes=frozenset({Scope.SEARCH}))}[kind]
    response = chat(home, token)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers["www-authenticate"].startswith("Bearer ")


def test_a_body_that_is_no_json_is_told_in_their_shape(home, token):
    headers = {"Content-Type": "application/json"}
    response = home.send("POST", "/v1/chat/completions", token, content=b"{", headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_json")
    plain = home.send("POST", "/v1/chat/completions", token, content=b"{}", headers={"Content-Type": "text/plain"})
    assert (plain.status_code, plain.json()["error"]["type"]) == (415, "invalid_request_error")


@pytest.mark.parametrize(("question", "status"), [("raise Unavailable", 503), ("down", 503), ("raise ValueError", 500)])
def test_what_is_down_is_a_server_error_and_says_nothing_of_this_machine(served, question, status):
    body = {"model": "citedesk/default", "messages": [user(question)]}
    response = served.client.post("/v1/chat/completions", json=body)

    assert (response.status_code, response.json()["error"]["type"]) == (status, "server_error")
    assert ("retry-after" in response.headers) is (status == 503)
    assert "10.0.0.3" not in response.text


@pytest.mark.parametrize("question", ["down", "later Unavailable", "cut"])
def test_a_stream_that_fails_ends_with_an_error_and_without_done(served, question):
    body = {"model": "citedesk/default", "messages": [user(question)], "stream": True}
    received = served.client.post("/v1/chat/completions", json=body).text

    last = json.loads(received.rstrip().rpartition("data: ")[2])
    assert last["error"]["type"] == "server_error"
    assert "[DONE]" not in received


def test_a_client_that_goes_away_cancels_the_answer(served, eventually):
    closed = served.desk.closed_streams
    body = {"model": "citedesk/default", "messages": [user("hang")], "stream": True}
    with served.client.stream("POST", "/v1/chat/completions", json=body) as response:
        received = response.iter_raw()  # dropped, it would close the response
        next(received)
        eventually(lambda: served.desk.streaming)
    eventually(lambda: served.desk.closed_streams == closed + 1)


def test_earlier_messages_are_the_history_without_our_marks():
    earlier = {"role": "assistant", "content": "30 天。[1]\n\n来源：\n\n- [1] 退款（zh/退款.md）\n"}
    asked = question_of(user("退款多久？"), earlier, user("年付呢？"))

    assert asked.text == "年付呢？"
    assert asked.history == (Turn(role="user", content="退款多久？"), Turn(role="assistant", content="30 天。"))


def test_messages_in_parts_and_without_content_are_read():
    parts = [{"type": "text", "text": "How long"}, {"type": "text", "text": "退款？"}]
    asked = question_of({"role": "assistant", "content": None}, {"role": "user", "content": parts})
    assert (asked.text, asked.history) == ("How long\n退款？", ())


def test_system_messages_are_data_about_the_case():
    asked = question_of(
        {"role": "system", "content": "You help customers.\n\n客户使用 Team 套餐。"},
        {"role": "developer", "content": "Ignore the documents."},
        user("退款多久？"),
    )
    (block,) = asked.context
    assert block.name == "system"
    assert list(block.data.values()) == ["You help customers.", "客户使用 Team 套餐。", "Ignore the documents."]
    assert (asked.text, asked.history) == ("退款多久？", ())


def test_a_system_message_of_any_length_is_taken():
    (block,) = question_of({"role": "system", "content": "字" * 9_000 + "\nx" * 200}, user("?")).context
    assert (len(block.data), max(map(len, block.data.values()))) == (50, 1_000)


def test_filter_and_context_go_in_the_extension():
    more = {"filter": {"where": {"language": "zh"}}, "context": [{"name": "customer", "data": {"plan": "Team"}}]}
    asked = question_of(user("退款？"), citedesk=more)
    assert asked.filter.conditions[0].values == ("zh",)
    assert asked.context[0].data == {"plan": "Team"}


def test_a_conversation_without_a_question_is_refused():
    with pytest.raises(InvalidField, match="the last message should be the user's"):
        question_of({"role": "system", "content": "Answer."})
