"""Which one question decides, and when none is needed."""

import pytest
from ranked_sentences import evidence_of, ranked_of

from answer.decision.ask_back import ask_back, fitting, is_vague
from core.types import ContextBlock


def asked(question, *documents, metadata=None, log_odds=None):
    evidence = evidence_of(*documents)
    by_id = {item.hit.chunk.document_id: known for item, known in zip(evidence, metadata or (), strict=False)}
    return ask_back(question, ranked_of(evidence, log_odds), by_id)


PLANS = ({"text": "The Team plan includes 500 GB of storage."}, {"text": "The Solo plan includes 50 GB of storage."})
TABLE = "| 套餐 | 空间 |\n| --- | --- |\n| 个人版 | 50 GB |\n| 团队版 | 500 GB |"


@pytest.mark.parametrize(
    ("question", "documents", "about", "options", "words"),
    [
        ("How much storage do I have?", PLANS, "plan", ("Team", "Solo"), "Which plan do you mean: Team or Solo?"),
        (
            "我有多少空间？",
            ({"text": "团队版包含 500 GB 空间。"}, {"text": "个人版包含 50 GB 空间。"}),
            "plan",
            ("团队版", "个人版"),
            "请问您指的是哪个套餐或版本：团队版还是个人版？",
        ),
        (
            "How many clients can it serve?",
            ({"text": "The Gate G2 can serve 25 clients."}, {"text": "The Gate G3 can serve 60 clients."}),
            "product",
            ("Gate G2", "Gate G3"),
            "Which product do you mean: Gate G2 or Gate G3?",
        ),
        (
            "Which folder holds the log?",
            ({"text": "On Windows the log is in ProgramData."}, {"text": "On Linux the log is in var."}),
            "platform",
            ("Windows", "Linux"),
            "Which platform do you use: Windows or Linux?",
        ),
        (
            "How long do I have to return it?",
            (
                {"text": "In Germany you may return it within 14 days."},
                {"text": "In Japan you may return it in 8 days."},
            ),
            "region",
            ("Germany", "Japan"),
            "Which region do you mean: Germany or Japan?",
        ),
        (
            "Can I get a refund?",
            (
                {"text": "Annual subscriptions are refunded within 30 days."},
                {"text": "Monthly subscriptions are refunded within 3 days."},
            ),
            "billing",
            ("Annual", "Monthly"),
            "How do you pay: Annual or Monthly?",
        ),
        ("我有多少空间？", ({"text": TABLE},), "plan", ("个人版", "团队版"), None),
    ],
)
def test_what_the_passages_differ_in_is_asked(question, documents, about, options, words):
    found = asked(question, *documents)
    assert (found.about, found.options) == (about, options)
    assert words is None or found.question == words


def test_versions_are_told_by_metadata():
    text = "The cache may grow to {} GB."
    documents = ({"text": text.format(2)}, {"text": text.format(5)})
    found = asked("How big does the cache get?", *documents, metadata=({"version": "4.1"}, {"product version": "5.0"}))
    assert found.question == "Which version do you mean: 4.1 or 5.0?"


def test_headings_tell_what_a_sentence_holds_for():
    text = "The warranty is {} months."
    documents = (
        {"text": text.format(24), "headings": ("Gate G2",)},
        {"text": text.format(36), "headings": ("Gate G3",)},
    )
    assert asked("How long is the warranty?", *documents).options == ("Gate G2", "Gate G3")


@pytest.mark.parametrize(
    "question",
    [
        "How much storage does the Team plan include?",
        "How much storage does each plan include?",
        "Which plan includes 500 GB of storage?",
        "What is the difference in storage of Team and Solo?",
    ],
)
def test_a_question_that_names_or_compares_leaves_nothing_open(question):
    assert asked(question, *PLANS) is None


def test_what_is_the_same_for_both_is_not_asked():
    documents = ({"text": "The Team plan includes 50 GB."}, {"text": "The Solo plan includes 50 GB."})
    assert asked("How much storage do I have?", *documents) is None


def test_a_passage_that_answers_much_worse_is_no_option():
    assert asked("How much storage do I have?", *PLANS, log_odds={1: 3.0, 2: 1.0}) is None


def test_passages_about_other_facts_are_no_options():
    documents = ({"text": "The Team plan includes 500 GB of storage."}, {"text": "Solo plan invoices come by e-mail."})
    assert asked("How much storage do I have?", *documents) is None


def test_without_any_sentence_nothing_is_asked():
    assert ask_back("How much storage do I have?", [], {}) is None


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"plan": "Solo"}, ["The Solo plan includes 50 GB of storage."]),
        ({"subscription.plan": "Solo plan"}, ["The Solo plan includes 50 GB of storage."]),
        ({"plan": "Enterprise"}, [document["text"] for document in PLANS]),
        ({"seats": "12"}, [document["text"] for document in PLANS]),
    ],
)
def test_what_the_caller_knows_chooses_among_plans(data, kept):
    ranked = ranked_of(evidence_of(*PLANS))
    context = (ContextBlock(name="customer", data=data),)
    chosen = fitting("How much storage do I have?", ranked, {}, context)
    assert [scored.sentence.text for scored in chosen] == kept
    if len(kept) == 1:
        assert ask_back("How much storage do I have?", chosen, {}) is None


def test_what_the_caller_knows_chooses_a_row_in_chinese():
    ranked = ranked_of(evidence_of({"text": TABLE}))
    chosen = fitting("我有多少空间？", ranked, {}, (ContextBlock(name="客户", data={"套餐": "团队版"}),))
    assert [scored.sentence.text for scored in chosen] == ["| 团队版 | 500 GB |"]


def test_the_question_is_stronger_than_what_the_caller_knows():
    ranked = ranked_of(evidence_of(*PLANS))
    context = (ContextBlock(name="customer", data={"plan": "Solo"}),)
    chosen = fitting("And how much storage would the Team plan have?", ranked, {}, context)
    assert len(chosen) == 2


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("What is the setup time of the Gate G4?", ({"text": "The setup time of the Gate G2 is 9 minutes."},) * 2),
        ("旗舰版有多少空间？", ({"text": "团队版有 500 GB 空间。"}, {"text": "个人版有 50 GB 空间。"})),
    ],
)
def test_one_that_the_documents_do_not_know_is_not_asked_for_again(question, documents):
    second = {"text": documents[1]["text"].replace("G2 is 9", "G3 is 5")}
    assert asked(question, documents[0], second) is None


def test_a_part_of_a_label_in_the_question_tells_which_one_is_meant():
    table = "| 方式 | 单笔上限 |\n| --- | --- |\n| 微信支付 | 5 万元 |\n| 银联网银 | 50 万元 |"
    assert asked("用微信一次能付多少钱？", {"text": table}) is None
    assert asked("一次能付多少钱？", {"text": table}).options == ("微信支付", "银联网银")


def test_rows_of_a_table_without_a_header_are_no_options():
    table = "| 远程培训(2 小时) | 800 元 |\n| --- | --- |\n| 上门安装 | 900 元 |\n| 延保 | 700 元 |"
    assert asked("需要付多少钱？", {"text": table}) is None


@pytest.mark.parametrize(
    ("question", "vague"),
    [
        ("How much storage do I have?", True),
        ("我有多少空间？", True),
        ("How do I turn off BitLocker?", False),
        ("What margin do partners get who become a reseller?", False),
        ("旗舰版有多少空间？", False),
    ],
)
def test_a_question_is_vague_that_names_nothing_and_says_little(question, vague):
    assert is_vague(question) is vague
