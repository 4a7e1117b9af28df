from dataclasses import replace

import pytest

from answer.caching.cache import AnswerCache, LayeredAnswers, digest
from core.types import AnswerStatus, Question, Turn


def test_an_answer_comes_back_as_it_was(answer):
    cache = AnswerCache(100_000)
    cache.put("k", answer)

    assert cache.get("k") == answer
    assert cache.get("other") is None


@pytest.mark.parametrize(
    "change", [{"status": AnswerStatus.UNAVAILABLE}, {"degraded": ("model",)}, {"max_tokens": 200}]
)
def test_what_would_not_be_answered_again_is_not_kept(answer, change):
    cache = AnswerCache(100_000)
    cache.put("k", replace(answer, **change))

    assert cache.get("k") is None
    assert cache.bytes == 0


def test_bytes_are_bounded_and_the_least_used_go_first(answer):
    one = AnswerCache(100_000)
    one.put("a", answer)
    cache = AnswerCache(2 * one.bytes)
    for key in ("a", "b"):
        cache.put(key, answer)
    cache.get("a")
    cache.put("c", answer)

    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]
    assert cache.bytes == 2 * one.bytes
    assert len(cache) == 2


def test_one_that_is_larger_than_the_cache_empties_nothing(answer):
    cache = AnswerCache(3_000)
    cache.put("small", answer)
    cache.put("large", replace(answer, text="长" * 3_000))

    assert cache.get("small") is not None
    assert cache.get("large") is None


def test_putting_the_same_again_takes_no_more_room(answer):
    cache = AnswerCache(100_000)
    cache.put("k", answer)
    size = cache.bytes
    cache.put("k", answer)

    assert cache.bytes == size


def test_digests_differ_by_history_and_context_and_by_nothing_else():
    asked = Question(text="How long?", kb="faq")

    assert digest(asked) == digest(Question(text="How long?", kb="faq"))
    others = [
        replace(asked, text="how long?"),
        replace(asked, kb="acme/faq"),
        replace(asked, history=(Turn(role="user", content="退款"),)),
    ]
    assert len({digest(each) for each in [asked, *others]}) == 4


def test_the_near_cache_learns_what_the_far_one_knows(answer):
    near, far = AnswerCache(100_000), AnswerCache(100_000)
    layered = LayeredAnswers(near, far)
    far.put("k", answer)

    assert layered.get("k") == answer
    assert near.get("k") == answer
    assert layered.get("other") is None


def test_an_answer_is_put_into_both_caches(answer):
    near, far = AnswerCache(100_000), AnswerCache(100_000)
    LayeredAnswers(near, far).put("k", answer)

    assert near.get("k") == far.get("k") == answer
