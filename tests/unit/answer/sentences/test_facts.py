import pytest

from answer.sentences.facts import facts, is_negated, unlicensed


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("It costs $1,299.00.", "1299.00"),
        ("80GB", "80"),
        ("80 GB", "80"),
        ("v5.4.2", "v5.4.2"),
        ("code TM-1042 shows", "tm-1042"),
        ("ERR_QUOTA_507", "err_quota_507"),
        ("1 January 2026", "month 1"),
        ("in May 2024", "month 5"),
        ("需要１４天", "14"),
        ("99.9%", "99.9"),
        ("Gate G3", "g3"),
        ("2026-01-31", "2026-01-31"),
    ],
)
def test_facts_of_a_text(text, fact):
    assert fact in facts(text)


@pytest.mark.parametrize("text", ["You may leave.", "No facts here, none.", "退款很快。", ""])
def test_words_alone_are_no_facts(text):
    assert facts(text) == set()


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("Refunds take 30 days.", "Refunds take 30 days after receipt.", set()),
        ("Refunds take 14 days.", "Refunds take 30 days after receipt.", {"14"}),
        ("It costs 1299.", "It costs ¥1,299.", set()),
        ("Since 1 March.", "Since 1 May.", {"month 3"}),
        ("G3 has 64 GB.", "The G2 has 64 GB.", {"g3"}),
        ("退款需要 7 天。", "退款需要 15 天。", {"7"}),
    ],
)
def test_a_fact_that_no_source_has_is_unlicensed(claim, source, missing):
    assert unlicensed(claim, [source]) == missing


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("It is not refundable.", True),
        ("You can't cancel.", True),
        ("It works without a key.", True),
        ("不支持退款。", True),
        ("本套餐没有日志。", True),
        ("It is a notable note.", False),
        ("不同的套餐价格各异。", False),
        ("别名和级别都可以设置。", False),
        ("支持退款。", False),
    ],
)
def test_negation_in_both_languages(text, negated):
    assert is_negated(text) is negated
