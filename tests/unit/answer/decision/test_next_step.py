"""What is to be done with each ending, in both languages."""

from datetime import date

import pytest
from ranked_sentences import evidence_of, ranked_of

from answer.decision.next_step import Ending, next_step
from answer.evidence.conflict import conflict_among
from core.types import AnswerStatus, ContextBlock, Question, Step, Turn

NO = AnswerStatus.INSUFFICIENT_EVIDENCE
EN, ZH = "How many days do I have for a refund?", "退款期限是几天？"
FOUND = {"en": "A refund of an annual plan is possible within 30 days.", "zh": "年付套餐可在 30 天内退款。"}


def ending(text, *documents, status=NO, reason="", **more):
    evidence = evidence_of(*documents)
    question = Question(text=text, kb="kb", history=more.pop("history", ()), context=more.pop("context", ()))
    ranked = ranked_of(evidence)
    return Ending(
        question=question,
        asked=text,
        status=status,
        reason=reason,
        evidence=evidence,
        ranked=ranked,
        **{"probability": 0.25, **more},
    )


@pytest.mark.parametrize(
    ("text", "language", "words"), [(EN, "en", "The answer can be sent"), (ZH, "zh", "可以直接答复")]
)
def test_a_plain_answer_can_be_sent(text, language, words):
    step = next_step(ending(text, {"text": FOUND[language]}, status=AnswerStatus.ANSWERED))
    assert (step.step, step.hand_off, step.options) == (Step.ANSWER, None, ())
    assert step.text.startswith(words)


@pytest.mark.parametrize(
    ("text", "language", "reason", "words"),
    [
        (EN, "en", "related_but_not_answering", "do not give the answer"),
        (EN, "en", "nothing_proven", "could be proven"),
        (ZH, "zh", "related_but_not_answering", "没有给出答案"),
        (ZH, "zh", "nothing_proven", "无法用文档证实"),
    ],
)
def test_a_no_goes_to_a_person_with_a_packet(text, language, reason, words):
    step = next_step(ending(text, {"text": FOUND[language]}, reason=reason))
    assert step.step is Step.HAND_OFF
    assert words in step.text
    packet = step.hand_off
    assert (packet.question, packet.asked, packet.reason) == (text, text, reason)
    assert [citation.quote for citation in packet.passages] == [FOUND[language]]
    assert any("25%" in tried for tried in packet.tried)


@pytest.mark.parametrize(("text", "words"), [(EN, "No document deals with this"), (ZH, "没有文档涉及")])
def test_without_any_passage_the_packet_says_what_was_searched(text, words):
    step = next_step(ending(text, reason="nothing_relevant"))
    assert words in step.text
    assert (step.hand_off.passages, len(step.hand_off.tried)) == ((), 1)
    assert text in step.hand_off.tried[0]


def test_the_packet_holds_the_conversation_and_what_the_caller_knows():
    history = (Turn(role="user", content="Hello"), Turn(role="assistant", content="Hi"))
    context = (ContextBlock(name="order", data={"number": "4711"}),)
    step = next_step(ending(EN, reason="nothing_relevant", history=history, context=context))
    assert (step.hand_off.history, step.hand_off.context) == (history, context)


def test_the_packet_holds_the_best_sentence_of_three_passages_at_most():
    documents = [{"text": f"Refunds of kind {name} take long. More."} for name in "abcd"]
    step = next_step(ending(EN, *documents, reason="related_but_not_answering"))
    quotes = [citation.quote for citation in step.hand_off.passages]
    assert quotes == [f"Refunds of kind {name} take long." for name in "abc"]


def test_the_packet_tells_what_was_left_out_and_what_was_down():
    step = next_step(
        ending(EN, {"text": FOUND["en"]}, reason="nothing_proven", dropped=2, degraded=("rerank", "model"))
    )
    assert "dropped 2 statements that their quotes do not prove" in step.hand_off.tried
    assert "did without what was down: rerank, model" in step.hand_off.tried


@pytest.mark.parametrize(
    ("text", "plans", "words"),
    [
        (
            "How much storage do I have?",
            ("The Team plan has 500 GB of storage.", "The Solo plan has 50 GB of storage."),
            "Which plan do you mean: Team or Solo?",
        ),
        ("我有多少空间？", ("商业版有 900 GB 空间。", "团队版有 500 GB 空间。"), "请问您指的是哪个套餐"),
    ],
)
@pytest.mark.parametrize("status", [AnswerStatus.ANSWERED, NO])
def test_what_depends_on_the_plan_is_asked_back_answered_or_not(text, plans, words, status):
    reason = "" if status is AnswerStatus.ANSWERED else "related_but_not_answering"
    step = next_step(ending(text, *({"text": plan} for plan in plans), status=status, reason=reason))
    assert (step.step, step.about, len(step.options), step.hand_off) == (Step.ASK_BACK, "plan", 2, None)
    assert step.question.startswith(words)


@pytest.mark.parametrize(
    ("text", "option", "words"),
    [(EN, "until 2025-12-31", "Do you ask about that time?"), (ZH, "2025-12-31 及以前", "请问您问的是那个时间吗")],
)
def test_where_only_another_time_is_told_the_time_is_asked_back(text, option, words):
    expired = evidence_of({"text": FOUND["en"], "valid_until": date(2025, 12, 31)})
    step = next_step(ending(text, reason="not_valid_at_date", expired=expired))
    assert (step.step, step.about, step.options) == (Step.ASK_BACK, "period", (option,))
    assert words in step.question


def test_where_a_replaced_document_has_no_dates_a_person_takes_over():
    step = next_step(ending(EN, reason="not_valid_at_date", expired=evidence_of({"text": FOUND["en"]})))
    assert (step.step, step.hand_off.reason) == (Step.HAND_OFF, "not_valid_at_date")


@pytest.mark.parametrize(
    ("text", "one", "other", "words"),
    [
        (EN, "A refund is possible within 14 days.", "A refund is possible within 30 days.", "The documents disagree"),
        (ZH, "退款期限是 14 天。", "退款期限是 30 天。", "文档说法不一"),
    ],
)
def test_where_nothing_tells_which_document_holds_a_person_decides(text, one, other, words):
    documents = ({"text": one}, {"text": other})
    conflict = conflict_among(text, ranked_of(evidence_of(*documents)), {}, date(2026, 11, 22))
    step = next_step(ending(text, *documents, reason="conflicting", conflict=conflict))
    assert (step.step, step.hand_off.reason) == (Step.HAND_OFF, "conflicting")
    assert step.text.startswith(words)
    assert [citation.quote for citation in step.hand_off.passages] == [one, other]


@pytest.mark.parametrize(("text", "words"), [(EN, "What would you like to know?"), (ZH, "请问您想了解什么")])
def test_a_message_of_orders_is_asked_what_it_wants(text, words):
    step = next_step(ending(text, status=AnswerStatus.REFUSED, reason="only_orders"))
    assert step.step is Step.ASK_BACK
    assert words in step.question


@pytest.mark.parametrize(("text", "words"), [(EN, "is down"), (ZH, "暂时不可用")])
def test_where_a_part_is_down_a_person_may_take_over(text, words):
    step = next_step(ending(text, status=AnswerStatus.UNAVAILABLE, reason="no index"))
    assert (step.step, step.hand_off.reason) == (Step.HAND_OFF, "unavailable")
    assert words in step.text
