"""Ways of asking over the product's own pipeline, with a small first stage and no model."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from fakes import FakeEmbedder, FakeJudge, FakeReranker, a_document, paragraphs_of

from answer.decision.bars import shipped_bars
from answer.reader import Reader
from answer.sentences.extract import ExtractiveAnswerer
from core.settings import Settings
from core.types import (
    Answer,
    AnswerEvent,
    AnswerStatus,
    Filter,
    Finished,
    Hit,
    Question,
    SearchResult,
    SearchStage,
    Stage,
    Turn,
)
from eval.answers import asking
from eval.answers.asking import Asks, GivenContexts, answered, asks_of, everywhere, pipeline_of, without_history
from eval.sets.questions import JudgedQuestion
from store.catalog import Catalog

FEE, WEATHER = a_document("fee.md", "The refund fee is 20 euros."), a_document("天气.md", "明天上海会下雨。")
END = Answer(
    status=AnswerStatus.INSUFFICIENT_EVIDENCE, question="", text="", claims=(), evidence=(), probability=0, trace_id="t"
)


class EveryPassage:
    """Returns both passages for whatever is asked."""

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        chunks = [chunk for document in (FEE, WEATHER) for chunk in paragraphs_of(document)]
        hits = (Hit(chunk=chunk, score=1.0, stage=Stage.FUSED, scores={Stage.LEXICAL: 9.0}) for chunk in chunks)
        return SearchResult(hits=tuple(hits)[:k])


@pytest.fixture
def reader(catalog: Catalog) -> Reader:
    extractive = ExtractiveAnswerer(FakeEmbedder(), FakeJudge())
    unused: Any = None  # the embedder is for parts that are given here
    found = Reader(Settings(), catalog, unused, EveryPassage, lambda: extractive)
    found.__dict__.update(reranker=FakeReranker(), bars=shipped_bars())
    return found


class SmallDesk:
    """What ``asks_of`` takes from a desk."""

    def __init__(self, readers: dict[str, Any]) -> None:
        self.reader_of = readers.__getitem__


def test_only_the_given_contexts_are_searched() -> None:
    found = GivenContexts(EveryPassage(), ["天气.md"]).search("kb", "anything", 1, SearchStage.RERANK)
    assert [hit.chunk.source for hit in found.hits] == ["天气.md"]


def test_without_the_bar_an_unlikely_answer_is_shown_and_with_it_not(reader: Reader) -> None:
    question = Question(text="Who founded the firm and painted its refund office green?", kb="kb")
    below = asyncio.run(pipeline_of(reader, ["fee.md"]).ask(question))
    anyway = asyncio.run(pipeline_of(reader, ["fee.md"], bar=False).ask(question))
    assert (below.status, anyway.status) == (AnswerStatus.INSUFFICIENT_EVIDENCE, AnswerStatus.ANSWERED)
    assert below.probability == anyway.probability
    assert {claim.citations[0].document_id for claim in anyway.claims} == {FEE.id}


def test_where_no_context_was_found_nothing_answers(reader: Reader) -> None:
    end = asyncio.run(pipeline_of(reader, [], bar=False).ask(Question(text="What is the refund fee?", kb="kb")))
    assert (end.status, end.probability, end.evidence) == (AnswerStatus.INSUFFICIENT_EVIDENCE, 0.0, ())


def test_nothing_changed_is_the_readers_own_pipeline(reader: Reader) -> None:
    assert pipeline_of(reader) is reader.pipeline


def test_contexts_are_heeded_only_when_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[tuple[str, ...] | None, bool]] = []

    class Noted:
        def __init__(self, contexts: tuple[str, ...] | None, bar: bool) -> None:
            seen.append((contexts, bar))

        async def ask(self, question: Question) -> Answer:
            return END

        async def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
            yield Finished(answer=END)

    def pipeline(reader: Any, contexts: Any = None, *, bar: bool = True) -> Noted:
        return Noted(contexts, bar)

    monkeypatch.setattr(asking, "pipeline_of", pipeline)
    judged = JudgedQuestion(id="q", question="?", language="en", answerable=True, reference="x", contexts=("a",))
    question = Question(text="?", kb="kb")
    with asyncio.Runner() as runner:
        for given in (True, False):
            asks = asks_of(SmallDesk({"kb": None}), given_contexts=given)  # type: ignore[arg-type]
            assert asks.anyway is not None
            answered(runner, asks.ask(judged), question)
            answered(runner, asks.anyway(judged), question)
    assert seen == [(("a",), True), (("a",), False), (None, True), (None, False)]


def test_each_knowledge_base_is_asked_by_the_reader_of_the_edition_that_answers(reader: Reader) -> None:
    asks = asks_of(SmallDesk({"旧版": reader}))  # type: ignore[arg-type]
    judged = JudgedQuestion(id="q", question="?", language="en", answerable=True, reference="x")
    assert asks.anyway is not None
    with asyncio.Runner() as runner:
        question = Question(text="What is the refund fee?", kb="旧版")
        assert answered(runner, asks.anyway(judged), question).claims
        with pytest.raises(KeyError, match="another"):
            answered(runner, asks.ask(judged), Question(text="What is the refund fee?", kb="another"))


def test_without_history_only_the_history_goes() -> None:
    question = Question(text="那手续费呢？", kb="kb", history=(Turn(role="user", content="退款要多久？"),))
    assert without_history(question) == Question(text="那手续费呢？", kb="kb")


def test_one_way_for_every_question() -> None:
    asks: Asks = everywhere(lambda question: END)
    judged = JudgedQuestion(id="q", question="?", language="en", answerable=False)
    assert asks.ask(judged)(Question(text="?", kb="kb")) is END
    assert asks.anyway is None
