"""What a reranker of two steps leaves in hits and explanations; the first stage is a list."""

import math

import numpy as np
import pytest
from fakes import a_document, paragraphs_of

from answer.explain import SearchExplainer
from answer.search import Searcher
from core.explanation import Explained, Explanation, HitAccount, Place
from core.ports import Ranked
from core.settings import RerankSettings
from core.types import Hit, SearchResult, SearchStage, Stage

TEXTS = ("退款五天到账", "refunds take five days", "parking is free", "停车免费")


class FirstStage:
    """The same four hits for every query, whatever is asked for."""

    def __init__(self):
        passages = paragraphs_of(a_document("退款.md", "\n\n".join(TEXTS)))
        self.hits = tuple(Hit(chunk=each, score=-float(at), stage=Stage.FUSED) for at, each in enumerate(passages))

    def search(self, kb, query, k, stage, filter=None):
        return SearchResult(hits=self.hits[:k], degraded=("dense",), timings_ms={"fuse": 1.0})

    def explain(self, kb, query, k, stage, filter=None, *, why="", visible=()):
        accounts = [HitAccount(chunk_id=hit.chunk.id, places={Stage.FUSED: Place(hit.score, 1)}) for hit in self.hits]
        explanation = Explanation(
            terms=(), candidates={}, passages=4, filter=(), weights=None, hits=tuple(accounts), timings_ms={}
        )
        return Explained(result=self.search(kb, query, k, stage), explanation=explanation), None


class TwoSteps:
    """Late interaction keeps the order; the cross-encoder read the second and third and exchanged them."""

    def __init__(self, degraded=()):
        self.degraded = degraded

    def score(self, question, hits):
        return self.rank(question, hits).scores

    def rank(self, question, hits):
        late = np.array([3.0, 2.0, 1.5], dtype=np.float32)
        sure = np.array([math.nan, 0.25, 0.75], dtype=np.float32)
        steps = {Stage.LATE_INTERACTION: late, Stage.CROSS_ENCODER: sure}
        return Ranked(scores=np.array([3, 1.5, 2], dtype=np.float32), steps=steps, degraded=self.degraded)


@pytest.fixture
def first():
    return FirstStage()


def searcher(first, **said):
    return Searcher(first, TwoSteps(**said), RerankSettings(kind="cascade", model="m", candidates=3))


def test_hits_keep_what_each_step_that_read_them_said(first):
    found = searcher(first).search("kb", "退款", 4, SearchStage.RERANK)
    assert [hit.chunk.text for hit in found.hits] == [TEXTS[0], TEXTS[2], TEXTS[1], TEXTS[3]]
    late, cross = Stage.LATE_INTERACTION, Stage.CROSS_ENCODER
    assert [(hit.scores.get(late), hit.scores.get(cross)) for hit in found.hits] == [
        (3.0, None),
        (1.5, 0.75),
        (2.0, 0.25),
        (None, None),
    ]


def test_a_step_that_was_down_is_named_beside_what_else_was(first):
    found = searcher(first, degraded=("cross_encoder",)).search("kb", "退款", 2, SearchStage.RERANK)
    assert found.degraded == ("dense", "cross_encoder")


def test_an_explanation_ranks_every_step_among_what_it_read(first):
    explained = SearchExplainer(first, searcher(first)).explain("kb", "退款", 2, SearchStage.RERANK)
    assert explained.explanation.reranked == {Stage.LATE_INTERACTION: 3, Stage.CROSS_ENCODER: 2, Stage.RERANKED: 3}
    settled, moved = (account.places for account in explained.explanation.hits)
    assert settled[Stage.LATE_INTERACTION] == Place(3.0, 1)
    assert Stage.CROSS_ENCODER not in settled
    assert moved[Stage.LATE_INTERACTION] == Place(1.5, 3)
    assert moved[Stage.CROSS_ENCODER] == Place(0.75, 1)
    assert moved[Stage.RERANKED] == Place(2.0, 2)


def test_a_search_that_reranks_nothing_counts_nothing(first):
    explained = SearchExplainer(first, searcher(first)).explain("kb", "退款", 2, SearchStage.HYBRID)
    assert explained.explanation.reranked == {}
