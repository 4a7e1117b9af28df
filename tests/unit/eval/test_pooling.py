"""A document ranks where its best passage does."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.types import Chunk, ChunkKind, Hit, Span, Stage
from eval.pooling import ScoredDocument, pool_documents, rank_documents


def hit(source: str, score: float, stage: Stage = Stage.FUSED) -> Hit:
    chunk = Chunk(
        id=f"{source}-{score}",
        document_id=source,
        source=source,
        title="",
        span=Span(0, 1),
        text="x",
        heading_path=(),
        page=None,
        kind=ChunkKind.PROSE,
        language="en",
        token_count=1,
        ordinal=0,
    )
    return Hit(chunk=chunk, score=score, stage=stage)


def test_the_best_passage_of_each_document_counts() -> None:
    hits = [hit("b", 0.9), hit("甲", 0.8), hit("b", 0.7), hit("甲", 0.2), hit("c", 0.1)]
    assert pool_documents(hits) == [ScoredDocument("b", 0.9), ScoredDocument("甲", 0.8), ScoredDocument("c", 0.1)]


def test_hits_after_the_reranked_ones_never_overtake_them() -> None:
    hits = [hit("a", 0.1, Stage.RERANKED), hit("b", -2.0, Stage.RERANKED), hit("c", 5.0), hit("d", 4.0)]
    ranked = pool_documents(hits)
    assert [found.document_id for found in ranked] == ["a", "b", "c", "d"]
    scores = [found.score for found in ranked]
    assert scores[:2] == [0.1, -2.0]
    assert -2.0 > scores[2] > scores[3] > -2.000001


def test_equal_scores_stay_equal() -> None:
    assert [found.score for found in pool_documents([hit("a", 1.0), hit("b", 1.0)])] == [1.0, 1.0]


def test_more_passages_are_fetched_until_enough_documents_are_found() -> None:
    # One long document holds the first nine passages.
    passages = [hit("long", 20.0 - at) for at in range(9)] + [hit("b", 5.0), hit("c", 4.0), hit("d", 3.0)]
    asked: list[int] = []

    def fetch(n: int) -> Sequence[Hit]:
        asked.append(n)
        return passages[:n]

    assert [found.document_id for found in rank_documents(fetch, 2)] == ["long", "b"]
    assert asked == [4, 8, 16]


def test_fetching_ends_when_the_passages_are_exhausted() -> None:
    asked: list[int] = []

    def fetch(n: int) -> Sequence[Hit]:
        asked.append(n)
        return [hit("a", 2.0), hit("a", 1.0)]

    assert rank_documents(fetch, 100) == [ScoredDocument("a", 2.0)]
    assert asked == [200]


def test_no_passages_give_no_documents() -> None:
    assert rank_documents(lambda n: [], 10) == []


@given(st.lists(st.tuples(st.sampled_from("abc甲"), st.floats(-1e300, 1e300)), max_size=30))
def test_each_document_comes_once_and_scores_never_rise(pairs: list[tuple[str, float]]) -> None:
    ranked = pool_documents([hit(source, score) for source, score in pairs])
    assert [found.document_id for found in ranked] == list(dict.fromkeys(source for source, _ in pairs))
    assert all(upper.score >= lower.score for upper, lower in pairwise(ranked))
