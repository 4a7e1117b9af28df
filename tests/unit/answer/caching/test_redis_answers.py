from contextlib import closing
from dataclasses import replace

import pytest
from redis_server import RedisServer

from answer.caching import redis_answers
from answer.caching.redis_answers import RedisAnswers
from answer.caching.redis_link import RedisLink
from core.types import AnswerStatus

SECRET = b"pepper" * 6


@pytest.fixture
def link(redis_server: RedisServer):
    with closing(RedisLink(redis_server.settings, "citedesk:h1", retry_seconds=0.02)) as link:
        yield link


def answers(link, *, secret=SECRET, seconds=60):
    return RedisAnswers(link, secret, seconds)


def held(server):
    """Key and value of all that the server holds."""
    with server.client as client:
        return {key.decode(): client.get(key) for key in client.scan_iter()}


def test_an_answer_comes_back_as_it_was_in_another_process(link, answer):
    answers(link).put("星海:k", answer)

    assert answers(link).get("星海:k") == answer
    assert answers(link).get("acme:k") is None


def test_keys_begin_with_record_and_tenant_and_expire(link, answer, redis_server):
    answers(link, seconds=60).put("星海:k", answer)

    (key,) = held(redis_server)
    record, _, shape, *tenant = key.removeprefix("citedesk:").split(":")
    assert (record, tenant) == ("h1", ["星海", "k"])
    assert len(shape) == 12
    assert 0 < redis_server.client.ttl(key) <= 60


def test_what_is_kept_is_json_behind_its_seal(link, answer, redis_server):
    answers(link).put("t:k", answer)

    (value,) = held(redis_server).values()
    seal, _, document = value.partition(b"\n")
    assert len(seal) == 64
    assert document.startswith(b'{"status": "answered", "question": "\xe5\x8f\x91')


@pytest.mark.parametrize(
    "poison",
    [b"", b"not JSON", b"\x80\x04\x95pickle", b'{"status": "answered"}', "已答".encode(), b"0" * 64 + b"\n{}"],
    ids=["nothing", "text", "pickle", "JSON", "Chinese", "wrong seal"],
)
def test_what_this_service_did_not_write_is_a_miss_and_named(link, answer, redis_server, caplog, poison):
    answers(link).put("t:k", answer)
    (key,) = held(redis_server)
    redis_server.client.set(key, poison)

    assert answers(link).get("t:k") is None
    assert key in caplog.text
    assert link.is_up


def test_a_claim_that_somebody_changed_is_a_miss(link, answer, redis_server):
    answers(link).put("t:k", answer)
    ((key, value),) = held(redis_server).items()
    assert "两个工作日".encode() in value
    redis_server.client.set(key, value.replace("两个".encode(), "九个".encode()))

    assert answers(link).get("t:k") is None


def test_an_answer_that_was_moved_to_another_tenant_is_a_miss(link, answer, redis_server):
    answers(link).put("acme:k", answer)
    ((key, value),) = held(redis_server).items()
    redis_server.client.set(key.replace(":acme:", ":globex:"), value)

    assert answers(link).get("globex:k") is None
    assert answers(link).get("acme:k") == answer


def test_a_sealed_value_of_another_shape_is_a_miss_and_named_without_its_words(link, answer, redis_server, caplog):
    mine = answers(link)
    name = mine._name("t:k")
    document = '{"text": "内部"}'.encode()
    redis_server.client.set(name, mine._seal(name, document) + b"\n" + document)

    assert mine.get("t:k") is None
    assert f"{name} in Redis is no answer" in caplog.text
    assert "内部" not in caplog.text


def test_another_kind_of_value_is_a_miss_and_is_mended_by_the_next_answer(link, answer, redis_server):
    mine = answers(link)
    redis_server.client.rpush(mine._name("t:k"), "x")

    assert mine.get("t:k") is None
    mine.put("t:k", answer)
    assert mine.get("t:k") == answer


def test_releases_whose_answers_have_another_shape_do_not_meet(link, answer, redis_server, monkeypatch):
    answers(link).put("t:k", answer)
    monkeypatch.setattr(
        redis_answers, "answer_adapter", lambda: type("A", (), {"json_schema": lambda self: {"v": 2}})()
    )
    newer = answers(link)

    assert newer.get("t:k") is None
    newer.put("t:k", replace(answer, text="新"))
    monkeypatch.undo()
    assert answers(link).get("t:k") == answer


def test_who_has_another_secret_finds_nothing_and_says_nothing(link, answer, caplog):
    answers(link).put("t:k", answer)

    assert answers(link, secret=b"other" * 6).get("t:k") is None
    assert caplog.text == ""


@pytest.mark.parametrize(
    "change", [{"status": AnswerStatus.UNAVAILABLE}, {"degraded": ("model",)}, {"max_tokens": 200}]
)
def test_what_would_not_be_answered_again_is_not_kept(link, answer, redis_server, change):
    answers(link).put("t:k", replace(answer, **change))

    assert held(redis_server) == {}


def test_while_redis_is_away_nothing_is_found_and_nothing_kept(link, answer, redis_server):
    answers(link).put("t:k", answer)
    redis_server.stop()

    answers(link).put("t:other", answer)
    assert answers(link).get("t:k") is None
