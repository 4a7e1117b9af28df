import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.conversation.understand import stand_alone, windowed
from core.text import count_tokens
from core.types import Question, Turn


def after(*before, text):
    turns = tuple(Turn(role="user", content=each) for each in before)
    return stand_alone(Question(text=text, kb="kb", history=turns))


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        (
            "How many desktop clients can one Gate G3 serve?",
            "And the G2?",
            "How many desktop clients can one Gate G2 serve?",
        ),
        ("How much storage does the Team plan have?", "And Business?", "How much storage does the Business plan have?"),
        ("Does version 5.4 run on Windows 11?", "What about macOS?", "Does version 5.4 run on macOS?"),
        ("Does version 5.4 run on Windows 11?", "and 5.5?", "Does version 5.5 run on Windows 11?"),
        ("What does error TM-1042 mean?", "And TM-1043?", "What does error TM-1043 mean?"),
        ("What was the refund period in 2024?", "and in 2025?", "What was the refund period in 2025?"),
        ("How long does delivery to France take?", "And Germany?", "How long does delivery to Germany take?"),
        ("Is the annual plan refundable?", "And the monthly one?", "Is the monthly plan refundable?"),
        ("一台 Gate G3 最多支持多少个客户端？", "那 G2 呢？", "一台 Gate G2 最多支持多少个客户端？"),
        ("团队版有多少空间？", "那商业版呢？", "商业版有多少空间？"),
        ("團隊版有多少空間？", "那商業版呢？", "商業版有多少空間？"),
        ("年付套餐多久内可以退款？", "月付呢？", "月付套餐多久内可以退款？"),
        ("2024 年的退款期限是多少天？", "2025 年呢？", "2025 年的退款期限是多少天？"),
        ("北京机房支持备份吗？", "上海呢？", "上海机房支持备份吗？"),
    ],
)
def test_what_a_follow_up_names_takes_the_place_of_its_like(before, text, expected):
    assert after(before, text=text) == expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("How many clients can one Gate G3 serve?", "What does it cost?", "What does the Gate G3 cost?"),
        ("What does error TM-1042 mean?", "How do I fix it?", "How do I fix the error TM-1042?"),
        ("How big is the Team plan?", "What is its price?", "What is the Team plan's price?"),
        ("Gate G3 最多支持多少个客户端？", "它多少钱？", "Gate G3多少钱？"),
    ],
)
def test_a_pointing_word_becomes_the_one_thing_that_it_can_mean(before, text, expected):
    assert after(before, text=text) == expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("How long do refunds take?", "Is it working days?", "How long do refunds take? Is it working days?"),
        ("How long does delivery take?", "And in Germany?", "How long does delivery take in Germany?"),
        ("How do I add a user?", "And a guest?", "How do I add a user? guest?"),
        ("发票多久能开好？", "可以重开吗？", "发票多久能开好？ 可以重开"),
        ("怎么添加成员？", "需要付费吗？", "怎么添加成员？ 需要付费"),
        ("优惠券怎么领取？", "有效期是多久？", "优惠券怎么领取？ 有效期是多久"),
        (
            "How do I rent a Gate for a month?",
            "Can I cancel early?",
            "How do I rent a Gate for a month? Can I cancel early?",
        ),
    ],
)
def test_a_follow_up_that_names_nothing_like_it_is_put_behind_the_question(before, text, expected):
    assert after(before, text=text) == expected


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("Which regions are there?", "How do I reset the network settings of the Gate G3?"),
        ("How do I add a user?", "Is there an official docker image?"),
        ("How do I add a user?", "If the Gate fails, how do I restart it?"),
        ("How do I add a user?", "Is it possible to export the audit log?"),
        ("How do I add a user?", "Where is the file that I deleted yesterday?"),
        ("How do I add a user?", "Thank you!"),
        ("怎么添加成员？", "微信支付单笔付款的上限金额是多少元，可以调整吗？"),
        ("发票多久能开好？", "企业微信登录失败怎么办？"),
        ("Should I invest in mutual funds?", "What are ETFs?"),
        ("怎么添加成员？", "我买了一台新的网关设备，它能退吗？"),
        ("怎么添加成员？", "应该如何备份全部数据？"),
        ("怎么添加成员？", "谢谢！"),
    ],
)
def test_a_question_that_stands_alone_is_left_alone(before, text):
    assert after(before, text=text) == text


def test_what_could_stand_for_one_of_two_things_replaces_neither():
    before = "What is the difference between the Team plan and the Business plan?"
    assert after(before, text="And Enterprise?") == f"{before} Enterprise?"


def test_a_code_of_another_shape_is_no_counterpart():
    assert after("How many clients can one Gate G3 serve?", text="And TM-1042?").endswith("serve? TM-1042?")


def test_without_history_nothing_changes():
    assert after(text="And the other one?") == "And the other one?"


def test_a_chain_of_follow_ups_leads_back_to_the_first_question():
    rewritten = after("How long do refunds take on the Team plan?", "And on Solo?", text="Why so long?")
    assert rewritten == "How long do refunds take on the Solo plan? Why so long?"


def test_a_chain_does_not_pile_up_what_was_asked_in_between():
    rewritten = after("How long do refunds take?", "Does it include weekends?", text="Why?")
    assert rewritten == "How long do refunds take? Why?"


def test_late_in_a_conversation_less_is_taken_for_a_follow_up():
    first = "How do I rent a Gate for a month?"
    assert after(first, text="Can I cancel early?") == f"{first} Can I cancel early?"
    late = after(first, "Where is the audit log kept?", "Which regions can I choose?", text="Can I cancel early?")
    assert late == "Can I cancel early?"


def test_thanks_in_between_are_no_topic():
    assert after("How long do refunds take?", "Thanks!", text="And in Rome?") == "How long do refunds take in Rome?"


def test_what_the_assistant_said_is_no_question():
    history = (Turn(role="user", content="Which regions are there?"), Turn(role="assistant", content="Frankfurt."))
    assert stand_alone(Question(text="And how fast are they?", kb="kb", history=history)).startswith("Which regions")


def test_history_is_cut_to_the_newest_turns_that_fit():
    turns = [Turn(role="user", content=text) for text in ("one two three", "four five", "six")]
    assert windowed(turns, tokens=3) == tuple(turns[1:])
    assert windowed(turns, tokens=0) == ()


@given(st.lists(st.text(alphabet="ab 中文?", max_size=30), max_size=8), st.integers(0, 60))
def test_a_window_never_exceeds_its_budget_and_ends_with_the_newest(texts, tokens):
    turns = tuple(Turn(role="user", content=text) for text in texts)
    kept = windowed(turns, tokens)
    assert sum(count_tokens(turn.content) for turn in kept) <= tokens
    assert kept == turns[len(turns) - len(kept) :]


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_rewriting_always_gives_a_text_that_holds_a_question_of_somebody(before, text):
    rewritten = after(*before, text=text)
    assert rewritten or not text.strip()
