import pytest

from answer.understand import stand_alone
from core.types import Question, Turn


def after(*before, text):
    turns = tuple(Turn(role="user", content=each) for each in before)
    return stand_alone(Question(text=text, kb="kb", history=turns))


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        (
            "How much storage does the Team plan include?",
            "And the Business plan?",
            "How much storage does the Business plan include? the Business plan?",
        ),
        (
            "How long do refunds take?",
            "Does it include weekends?",
            "How long do refunds take? Does it include weekends?",
        ),
        ("团队版有多少空间？", "那商业版呢？", "商业版有多少空间？ 商业版"),
        ("发票多久能开好？", "可以重开吗？", "发票多久能开好？ 可以重开"),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out_from_the_turn_before(before, text, expected):
    assert after(before, text=text) == expected


@pytest.mark.parametrize(
    "text",
    ["How do I reset the network settings of the Gate G3?", "微信支付单笔付款的上限金额是多少元，可以调整吗？"],
)
def test_a_question_that_stands_alone_is_left_alone(text):
    assert after("Which regions are there?", text=text) == text


def test_without_history_nothing_changes():
    assert after(text="And the other one?") == "And the other one?"


def test_a_chain_of_follow_ups_leads_back_to_the_first_question():
    rewritten = after("How long do refunds take on the Team plan?", "And on Solo?", text="Why so long?")
    assert "refunds" in rewritten
    assert rewritten.endswith("Why so long?")


def test_what_the_assistant_said_is_no_question():
    history = (Turn(role="user", content="Which regions are there?"), Turn(role="assistant", content="Frankfurt."))
    assert stand_alone(Question(text="And how fast are they?", kb="kb", history=history)).startswith("Which regions")
