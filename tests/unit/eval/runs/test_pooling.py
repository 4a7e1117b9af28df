"""A document ranks where its best passage does."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.types import Chunk, ChunkKind, Hit, Span, Stage
from eval.runs.pooling import RankedDocuments, ScoredDocument, pool_documents


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


def test_a_ranking_is_a_sequence_that_also_knows_its_times() -> None:
    ranked = RankedDocuments((ScoredDocument("甲", 2.0), ScoredDocument("b", 1.0)), {"retrieve": 3.5})
    assert list(ranked) == [ScoredDocument("甲", 2.0), ScoredDocument("b", 1.0)]
    assert ranked[:1] == (ScoredDocument("甲", 2.0),)
    assert (len(ranked), ranked.parts_ms) == (2, {"retrieve": 3.5})


@given(st.lists(st.tuples(st.sampled_from("abc甲"), st.floats(-1e300, 1e300)), max_size=30))
def test_each_document_comes_once_and_scores_never_rise(pairs: list[tuple[str, float]]) -> None:
    ranked = pool_documents([hit(source, score) for source, score in pairs])
    assert [found.document_id for found in ranked] == list(dict.fromkeys(source for source, _ in pairs))
    assert all(upper.score >= lower.score for upper, lower in pairwise(ranked))
