"""Limits, budgets and the cache over HTTP: the real application around small models."""

import asyncio

import httpx
import pytest
from tenant_home import TenantHome

from answer.caching.cache import AnswerCache, digest
from answer.caching.cache_key import normalised
from api.app import create_app
from api.limits.limits import Limits
from api.limits.rates import Rates
from api.limits.turnstile import Remembered, Turnstile
from core.settings import LimitSettings
from store.kb_state import kb_state


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


def limited(home, **limits):
    """The application of the home behind limits; ``send`` takes one request."""
    settings, again = LimitSettings(**limits), []
    remembered = Remembered(
        answers=AnswerCache(1_000_000),
        key=lambda question: digest([kb_state(home.desk.catalog, question.kb), normalised(question)]),
        keep_again=lambda question, answer, made: again.append((answer.trace_id, made)),
    )
    turnstile = Turnstile(home.desk, settings, remembered=remembered)
    behind = Limits(settings=settings, rates=Rates(settings), turnstile=turnstile)
    app = create_app(home.desk, door=home.door, limits=behind)

    def send(*requests):
        async def main():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await asyncio.gather(
                    *(
                        client.request(
                            method, path, headers={"Authorization": f"Bearer {token}", **(headers or {})}, json=body
                        )
                        for method, path, token, body, headers in requests
                    )
                )

        return home.run(main())

    return send, again


def asking(token, question="退款要多久？", *, stream=False, headers=None):
    return ("POST", "/v1/ask", token, {"question": question, "kb": "faq", "stream": stream}, headers)


def test_one_request_too_many_is_a_429_that_says_when_to_come_back(home):
    send, _ = limited(home, key_rate="2/minute")
    token = home.key()

    responses = [send(("GET", "/v1/kbs", token, None, None))[0] for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert responses[0].headers["ratelimit-policy"] == '"key";q=2;w=60, "tenant";q=6000;w=60'
    assert responses[0].headers["ratelimit"].startswith('"key";r=1;t=')
    assert responses[2].headers["ratelimit"].startswith('"key";r=0;t=')
    assert 1 <= int(responses[2].headers["retry-after"]) <= 60
    assert responses[2].json()["type"] == "urn:citedesk:problem:too-many-requests"
    assert send(("GET", "/v1/kbs", home.key(), None, None))[0].status_code == 200


def test_an_equal_question_is_cached_until_something_is_ingested(home):
    send, again = limited(home)
    token = home.key()

    first, second = (send(asking(token))[0].json() for _ in range(2))
    other = send(asking(home.key("acme")))[0].json()
    home.desk.put("neu.md", "退款需要 14 天。", kb="faq")
    home.desk.catch_up()
    third = send(asking(token))[0].json()

    assert [answer["cached"] for answer in (first, second, other, third)] == [False, True, False, False]
    assert second["claims"] == first["claims"]
    assert again == [(second["trace_id"], first["trace_id"])]
    assert any(claim["text"] == "退款需要 14 天。" for claim in third["claims"])


def test_a_cached_answer_streams_the_same_events(home, parse_events):
    send, _ = limited(home)
    token = home.key()

    made, given_again = (
        parse_events(send(asking(token, "Are monthly plans refundable?", stream=True))[0].content) for _ in range(2)
    )

    assert [event["event"] for event in given_again] == [event["event"] for event in made]
    assert [event["data"] for event in given_again[:-1]] == [event["data"] for event in made[:-1]]
    assert '"cached": true' in given_again[-1]["data"]


def test_busy_is_a_503_also_for_a_stream_and_batch_goes_first(home, monkeypatch):
    send, _ = limited(home, answers=1, wait_seconds=1.5)
    token = home.key()
    questions = ["退款？", "发票？", "专票？"]

    # A second each by the first guess: one waits, the next would wait 2 s, a batch request at most half a second.
    people = send(*(asking(token, question, stream=True) for question in questions))
    batch = send(asking(token, "快递费？"), asking(token, "电子发票？", headers={"Priority": "u=7"}))

    assert sorted(response.status_code for response in people) == [200, 200, 503]
    (busy,) = (response for response in people if response.status_code == 503)
    assert busy.json()["type"] == "urn:citedesk:problem:busy"
    assert int(busy.headers["retry-after"]) >= 1
    assert batch[0].status_code == 200


def test_the_description_names_every_refusal(home):
    operation = home.send("GET", "/openapi.json").json()["paths"]["/v1/ask"]["post"]["responses"]

    shown = operation["429"]["content"]["application/problem+json"]["examples"]
    assert set(shown) == {"urn:citedesk:problem:too-many-requests", "urn:citedesk:problem:budget-spent"}
    assert "urn:citedesk:problem:busy" in operation["503"]["content"]["application/problem+json"]["examples"]
