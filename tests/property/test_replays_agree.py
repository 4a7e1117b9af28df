"""Asked again of the same record with the same settings, an answer differs in nothing."""

import asyncio
from collections.abc import Sequence

from fakes import FakeEmbedder, FakeJudge, FakeReranker, a_document, paragraphs_of
from hypothesis import given, settings
from hypothesis import strategies as st

from answer.decision.decide import Decision
from answer.pipeline import Pipeline
from answer.search import Searcher
from answer.sentences.extract import ExtractiveAnswerer
from answer.traces.replay import compare
from answer.traces.trace import Origin, trace_of
from answer.traces.trace_json import trace_document, trace_from
from core.settings import AnswerSettings, RerankSettings
from core.types import Hit, Question, SearchResult, Stage

WORDS = ["refund", "plan", "30 days", "invoice", "退款", "年付套餐", "发票", "六十天", "Gate G3", "$12", "not"]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
PASSAGES = st.lists(SENTENCES.map(lambda text: f"{text}。"), min_size=1, max_size=6, unique=True)
ORIGIN = Origin(fingerprint="f", release="1", models={}, settings={})


class FixedSearch:
    def __init__(self, passages: Sequence[str]) -> None:
        self.hits = tuple(
            Hit(chunk=paragraphs_of(a_document(f"{n}.md", text))[0], score=1 / (n + 1), stage=Stage.FUSED)
            for n, text in enumerate(passages)
        )

    def search(self, kb, query, k, stage, filter=None):
        return SearchResult(hits=self.hits[:k])


class FixedDecider:
    def decide(self, question, evidence, ranked):
        return Decision(0.5, answers=bool(ranked), support_bar=0.3)


def traced(passages, question):
    """As it is kept and read back."""
    flow = Pipeline(
        searcher=Searcher(FixedSearch(passages), FakeReranker(), RerankSettings()),
        extractive=ExtractiveAnswerer(FakeEmbedder(), FakeJudge()),
        decider=FixedDecider(),
        settings=AnswerSettings(evidence=3),
    )
    kept = []
    asked = Question(text=question, kb="kb")
    asyncio.run(flow.ask(asked, lambda *noted: kept.append(trace_of(*noted, ORIGIN))))
    return trace_from(trace_document(kept[0], redacting=True))


@settings(max_examples=40)
@given(PASSAGES, SENTENCES)
def test_the_same_question_of_the_same_record_differs_in_nothing(passages, question):
    replay = compare(traced(passages, question), traced(passages, question), lambda hit: "gone")
    assert replay.same, replay.stages


@settings(max_examples=40)
@given(PASSAGES, SENTENCES, st.data())
def test_a_passage_that_is_gone_is_always_told(passages, question, data):
    lost = data.draw(st.sampled_from(passages))
    left = [passage for passage in passages if passage != lost]
    replay = compare(traced(passages, question), traced(left, question), lambda hit: "deleted")
    assert any("gone" in said for stage in replay.stages for said in stage.differences)
