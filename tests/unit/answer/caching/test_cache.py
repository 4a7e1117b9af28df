from dataclasses import replace

import numpy as np
import pytest

from answer.caching.cache import AnswerCache, digest
from core.types import (
    Answer,
    AnswerStatus,
    Chunk,
    ChunkKind,
    Citation,
    Claim,
    Evidence,
    Hit,
    Question,
    Span,
    Stage,
    Turn,
)


@pytest.fixture
def answer():
    chunk = Chunk(
        id="c1",
        document_id="d1",
        source="发票.md",
        title="发票",
        span=Span(0, 11),
        text="两个工作日内开出发票。",
        heading_path=("发票",),
        page=None,
        kind=ChunkKind.PROSE,
        language="zh",
        token_count=8,
        ordinal=0,
    )
    hit = Hit(chunk=chunk, score=np.float32(0.5), stage=Stage.RERANKED, scores={Stage.DENSE: np.float32(0.25)})
    citation = Citation(evidence=1, chunk_id="c1", document_id="d1", page=None, span=Span(0, 6), quote="两个工作日内")
    return Answer(
        status=AnswerStatus.ANSWERED,
        question="发票多久？",
        text="两个工作日内",
        claims=(Claim(text="两个工作日内", citations=(citation,), support=0.75),),
        evidence=(Evidence(number=1, hit=hit),),
        probability=0.875,
        trace_id="t1",
    )


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
