"""The flow with small parts: what is shown, what is not, and how each ending is told apart."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import date

import pytest
from fakes import FakeEmbedder, FakeJudge, FakeModel, FakeReranker

from answer.conversation.rewriter import ModelRewriter
from answer.decision.decide import Decision
from answer.models.draft import ModelDrafter
from answer.pipeline import Pipeline
from answer.prompting.prompt_files import prompt_template
from answer.search import Searcher
from answer.sentences.extract import ExtractiveAnswerer
from core.errors import DependencyError, InvalidInput
from core.settings import AnswerSettings, RerankSettings
from core.types import (
    AnswerStatus,
    ClaimProven,
    Condition,
    ContextBlock,
    EvidenceFound,
    Filter,
    Finished,
    Question,
    SearchResult,
    SearchStage,
    Step,
    Turn,
)

PASSAGE = "Annual plans can be refunded within 30 days. Monthly plans are not refundable."
CHINESE = "年付套餐可在30天内退款。月付套餐不支持退款。"


class FixedSearch:
    """Always the same hits, or always the same failure."""

    def __init__(self, hits, error=None):
        self.hits, self.error, self.asked, self.filters = hits, error, [], []

    def search(self, kb, query, k, stage, filter=None):
        self.asked.append(query)
        self.filters.append(filter)
        if self.error:
            raise self.error
        return SearchResult(hits=tuple(self.hits))


class FixedDecider:
    def __init__(self, answers=True):
        self._decision = Decision(0.9 if answers else 0.1, answers=answers)

    def decide(self, question, evidence, ranked):
        return self._decision


def pipeline(evidence, *, model=None, models=(), answers=True, error=None, rewriter=None):
    search = FixedSearch([item.hit for item in evidence], error)
    return Pipeline(
        searcher=Searcher(search, FakeReranker(), RerankSettings()),
        extractive=ExtractiveAnswerer(FakeEmbedder(), FakeJudge()),
        decider=FixedDecider(answers),
        models=[ModelDrafter(each) for each in ([model] if model else models)],
        settings=AnswerSettings(max_question_chars=200),
        rewriter=rewriter,
    )


def events_of(pipeline, text="How long can annual plans be refunded?", history=()):
    async def collect():
        return [event async for event in pipeline.stream(Question(text=text, kb="kb", history=history))]

    return asyncio.run(collect())


def claim(text, quote, evidence=1):
    return {"text": text, "citations": [{"evidence": evidence, "quote": quote}]}


def as_model_says(*claims, insufficient=False):
    return json.dumps({"claims": list(claims), "insufficient": insufficient}, ensure_ascii=False)


TRUE = claim("Annual plans are refunded within 30 days.", "Annual plans can be refunded within 30 days.")
WRONG_NUMBER = claim("Annual plans are refunded within 60 days.", "Annual plans can be refunded within 30 days.")
LYING_QUOTE = claim("Annual plans are refunded in cash.", "Refunds are paid in cash.")


def test_without_a_model_the_quotes_are_the_answer(show):
    *_, last = events_of(pipeline(show(PASSAGE)))
    assert isinstance(last, Finished)
    assert last.answer.status is AnswerStatus.ANSWERED
    assert "30 days" in last.answer.text
    for each in last.answer.claims:
        for citation in each.citations:
            assert citation.span.of("Before.\n\n" + PASSAGE) == citation.quote


def test_without_a_model_in_chinese(show):
    *_, last = events_of(pipeline(show(CHINESE)), "年付套餐多久内可以退款？")
    assert "30天" in last.answer.text


def test_who_goes_away_closes_the_models_stream_in_his_own_task(show):
    closed_by = []

    class Open(FakeModel):
        async def stream(self, messages):
            try:
                async for delta in super().stream(messages):
                    yield delta
            finally:
                closed_by.append(asyncio.current_task())

    async def leave():
        flow = pipeline(show(PASSAGE), model=Open([as_model_says(TRUE)]))
        async with aclosing(flow.stream(Question(text="How long can annual plans be refunded?", kb="kb"))) as events:
            async for event in events:
                if isinstance(event, ClaimProven):
                    break
        return asyncio.current_task()

    assert closed_by == [asyncio.run(leave())]


def test_events_come_in_order_and_end_with_the_whole_answer(show):
    model = FakeModel([as_model_says(TRUE)])
    events = events_of(pipeline(show(PASSAGE), model=model))
    assert [type(event) for event in events] == [EvidenceFound, ClaimProven, Finished]
    assert events[-1].answer.claims == (events[1].claim,)
    assert events[-1].answer.degraded == ()


@pytest.mark.parametrize("lie", [WRONG_NUMBER, LYING_QUOTE, claim("Yes.", PASSAGE, evidence=9)])
def test_an_unproven_claim_never_becomes_an_event(show, lie):
    model = FakeModel([as_model_says(lie, TRUE)])
    events = events_of(pipeline(show(PASSAGE), model=model))
    shown = [event.claim.text for event in events if isinstance(event, ClaimProven)]
    assert shown == [TRUE["text"]]
    assert events[-1].answer.dropped == 1


def test_when_nothing_the_model_says_is_proven_quotes_answer_in_its_place(show):
    answer = events_of(pipeline(show(PASSAGE), model=FakeModel([as_model_says(LYING_QUOTE)])))[-1].answer
    assert (answer.status, answer.degraded, answer.dropped) == (AnswerStatus.ANSWERED, ("model",), 1)
    assert "cash" not in answer.text


def test_where_one_model_fails_the_next_one_answers_and_the_answer_says_so(show):
    first, second, third = (FakeModel([says]) for says in ("", as_model_says(TRUE), as_model_says(TRUE)))
    answer = events_of(pipeline(show(PASSAGE), models=[first, second, third]))[-1].answer
    assert (answer.text, answer.degraded) == (TRUE["text"], ("main_model",))
    assert [len(model.asked) for model in (first, second, third)] == [1, 1, 0]


def test_what_a_model_proved_before_it_broke_off_is_not_said_again_by_the_next_one(show):
    other = claim("Monthly plans cannot be refunded.", "Monthly plans are not refundable.")
    models = [FakeModel([as_model_says(TRUE)], None), FakeModel([as_model_says(TRUE, other)])]
    events = events_of(pipeline(show(PASSAGE), models=models))
    streamed = [event.claim.text for event in events if isinstance(event, ClaimProven)]
    assert streamed == [TRUE["text"], other["text"]]
    assert events[-1].answer.degraded == ("main_model",)


def test_where_no_model_answers_quotes_do(show):
    models = [FakeModel([]), FakeModel([as_model_says(LYING_QUOTE)])]
    answer = events_of(pipeline(show(CHINESE), models=models), "年付套餐多久内可以退款？")[-1].answer
    assert answer.degraded == ("model",)
    assert "30天" in answer.text


def test_an_answer_names_its_prompt_and_when_its_first_claim_was_proven(show):
    answer = events_of(pipeline(show(PASSAGE), model=FakeModel([as_model_says(TRUE)])))[-1].answer
    assert answer.prompt == prompt_template("en").used
    assert 0 < answer.timings_ms["first_claim"] <= answer.timings_ms["total"]
    assert events_of(pipeline(show(PASSAGE)))[-1].answer.prompt is None


def test_a_model_that_finds_no_answer_is_believed(show):
    answer = events_of(pipeline(show(PASSAGE), model=FakeModel([as_model_says(insufficient=True)])))[-1].answer
    assert (answer.status, answer.reason) == (AnswerStatus.INSUFFICIENT_EVIDENCE, "related_but_not_answering")


@pytest.mark.parametrize(
    ("pieces", "finish_reason"),
    [
        ([as_model_says(TRUE)[:60]], None),
        ([as_model_says(TRUE)[:60]], "stop"),
        ([as_model_says(TRUE)], None),
        ([as_model_says(TRUE)], "length"),
        ([], "stop"),
        (["<html>502 Bad Gateway</html>"], "stop"),
    ],
)
def test_a_completion_that_ends_badly_falls_back_to_quotes_and_says_so(show, pieces, finish_reason):
    answer = events_of(pipeline(show(PASSAGE), model=FakeModel(pieces, finish_reason)))[-1].answer
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.degraded == ("model",)
    assert all(c.quote in PASSAGE for each in answer.claims for c in each.citations)


def test_a_claim_streamed_before_a_cut_is_in_the_final_answer_once(show):
    events = events_of(pipeline(show(PASSAGE), model=FakeModel([as_model_says(TRUE)], None)))
    streamed = [event.claim for event in events if isinstance(event, ClaimProven)]
    assert tuple(streamed) == events[-1].answer.claims
    places = [c.span for each in streamed for c in each.citations]
    assert len(places) == len(set(places))


def test_what_the_evidence_does_not_answer_is_not_asked_of_the_model(show):
    model = FakeModel([as_model_says(TRUE)])
    answer = events_of(pipeline(show(PASSAGE), model=model, answers=False))[-1].answer
    assert answer.status is AnswerStatus.INSUFFICIENT_EVIDENCE
    assert answer.probability == pytest.approx(0.1)
    assert answer.evidence
    assert model.asked == []


def test_no_evidence_at_all_is_nothing_relevant(show):
    answer = events_of(pipeline((), answers=False))[-1].answer
    assert (answer.status, answer.reason) == (AnswerStatus.INSUFFICIENT_EVIDENCE, "nothing_relevant")


def test_when_only_expired_passages_come_near_the_answer_says_so(show):
    (evidence,) = show(PASSAGE)
    expired = replace(
        evidence, hit=replace(evidence.hit, chunk=replace(evidence.hit.chunk, valid_until=date(2020, 1, 1)))
    )
    answer = events_of(pipeline((expired,), answers=False))[-1].answer
    assert (answer.status, answer.reason) == (AnswerStatus.INSUFFICIENT_EVIDENCE, "not_valid_at_date")
    assert [item.hit.chunk.text for item in answer.evidence] == [PASSAGE]
    assert (answer.next_step.step, answer.next_step.options) == (Step.ASK_BACK, ("until 2020-01-01",))


def test_a_question_as_of_a_day_takes_its_evidence_from_then(show):
    (evidence,) = show(PASSAGE)
    old = replace(
        evidence, hit=replace(evidence.hit, chunk=replace(evidence.hit.chunk, valid_until=date(2024, 12, 31)))
    )
    flow, then = pipeline((old,)), Filter(as_of=date(2024, 6, 1))
    question = Question(text="How long can annual plans be refunded?", kb="kb")
    assert asyncio.run(flow.ask(question)).evidence == ()
    assert asyncio.run(flow.ask(replace(question, filter=then))).status is AnswerStatus.ANSWERED


def test_a_filter_reaches_the_search(show):
    first, then = FixedSearch([]), Filter(conditions=(Condition(name="product", values=("潮标",)),))
    Searcher(first, FakeReranker(), RerankSettings()).search("kb", "退款", 3, SearchStage.RERANK, then)
    assert first.filters == [then]


def test_a_part_that_is_down_is_not_the_same_as_nothing_found(show):
    events = events_of(pipeline((), error=DependencyError("the index is away")))
    (last,) = events
    assert (last.answer.status, last.answer.reason) == (AnswerStatus.UNAVAILABLE, "the index is away")


def test_a_follow_up_is_searched_with_what_it_leaves_out(show):
    parts = pipeline(show(PASSAGE))
    history = (Turn(role="user", content="How long can annual plans be refunded?"),)
    answer = events_of(parts, "And monthly ones?", history)[-1].answer
    assert answer.question == "How long can monthly plans be refunded?"


@pytest.mark.parametrize(("text", "said"), [("", "empty"), (" \n", "empty"), ("x" * 201, "201 characters")])
def test_a_question_that_cannot_be_used_is_refused_before_any_work(show, text, said):
    with pytest.raises(InvalidInput, match=said):
        events_of(pipeline(show(PASSAGE)), text)


def test_asking_gives_what_streaming_ends_with(show):
    parts = pipeline(show(PASSAGE))
    answer = asyncio.run(parts.ask(Question(text="How long can annual plans be refunded?", kb="kb")))
    assert [c.text for c in answer.claims] == [c.text for c in events_of(parts)[-1].answer.claims]


def test_documents_that_disagree_answer_with_the_newer_one_and_cite_both(show):
    old, new = show("Annual plans can be refunded within 14 days.", "Annual plans can be refunded within 30 days.")
    new = replace(new, hit=replace(new.hit, chunk=replace(new.hit.chunk, valid_from=date(2026, 1, 1))))
    old = replace(old, hit=replace(old.hit, chunk=replace(old.hit.chunk, valid_from=date(2024, 1, 1))))
    says_old = claim("Annual plans can be refunded within 14 days.", "Annual plans can be refunded within 14 days.")
    for model in (None, FakeModel([as_model_says(says_old)])):
        answer = events_of(pipeline((old, new), model=model))[-1].answer
        assert answer.text == "Annual plans can be refunded within 30 days."
        assert [side.value for side in answer.conflicts[0].sides] == ["30 days", "14 days"]
        assert answer.next_step.text.startswith("The documents disagree")


def test_documents_that_disagree_without_a_ground_are_an_honest_no_that_cites_both(show):
    both = show("年付套餐可在14天内退款。", "年付套餐可在30天内退款。")
    *_, last = events_of(pipeline(both), "年付套餐多久内可以退款？")
    assert (last.answer.status, last.answer.reason) == (AnswerStatus.INSUFFICIENT_EVIDENCE, "conflicting")
    assert last.answer.claims == ()
    quotes = {citation.quote for citation in last.answer.next_step.hand_off.passages}
    assert quotes == {item.hit.chunk.text for item in both}


def test_what_the_caller_knows_reaches_the_model_and_chooses_without_one(show):
    plans = show("The Team plan has 500 GB of storage.", "The Solo plan has 50 GB of storage.")
    context = (ContextBlock(name="customer", data={"plan": "Solo"}),)
    question = Question(text="How much storage do I have?", kb="kb", context=context)
    model = FakeModel([as_model_says(insufficient=True)])
    asyncio.run(pipeline(plans, model=model).ask(question))
    assert '<customer_case name="customer">\nplan: Solo\n</customer_case>' in model.asked[0][1].content
    answer = asyncio.run(pipeline(plans).ask(question))
    assert (answer.text, answer.next_step.step) == ("The Solo plan has 50 GB of storage.", Step.ANSWER)


def test_a_follow_up_is_rewritten_by_the_model_where_there_is_one(show):
    rewriter = ModelRewriter(FakeModel(["How long can annual plans and monthly ones be refunded?"]), seconds=1)
    parts = pipeline(show(PASSAGE), rewriter=rewriter)
    history = (Turn(role="user", content="How long can annual plans be refunded?"),)
    answer = events_of(parts, "And monthly ones?", history)[-1].answer
    assert answer.question == "How long can annual plans and monthly ones be refunded?"
