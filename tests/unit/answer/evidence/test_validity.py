from datetime import date

import pytest
from ranked_sentences import evidence_of

from answer.evidence.validity import Period, asked_period, asks_about_another_time, is_same_text, of_the_time

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "question",
    [
        "What was it in 2025?",
        "the old policy",
        "What did we pay previously?",
        "去年的规定",
        "2024 版怎么说",
        "以前多少钱？",
        "２０２５年呢",
    ],
)
def test_a_question_about_another_time(question):
    assert asks_about_another_time(question, TODAY)


@pytest.mark.parametrize(
    "question",
    ["How long for refunds?", "the price list 2026", "error 20250", "多久到账？", "2026 年的价格", "part 120255"],
)
def test_a_question_about_today(question):
    assert not asks_about_another_time(question, TODAY)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What was it in 2025?", Period(date(2025, 1, 1), date(2025, 12, 31))),
        ("We bought it in June 2025.", Period(date(2025, 6, 1), date(2025, 6, 30))),
        ("2025年12月买的", Period(date(2025, 12, 1), date(2025, 12, 31))),
        ("去年的规定", Period(date(2025, 1, 1), date(2025, 12, 31))),
        ("from 2023 to 2024", Period(date(2023, 1, 1), date(2024, 12, 31))),
        ("the old policy", None),
        ("the price list 2026", None),
        ("多久到账？", None),
    ],
)
def test_the_time_that_a_question_is_about(question, expected):
    assert asked_period(question, TODAY) == expected


def hits(*documents):
    return [item.hit for item in evidence_of(*documents)]


OLD = {"text": "14 days.", "title": "Refund policy (2024)", "valid_until": date(2025, 12, 31)}
NEW = {"text": "30 days.", "title": "Refund policy", "valid_from": date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How long for refunds?", ["14 days.", "30 days."]),
        ("How long for refunds in June 2025?", ["14 days."]),
        ("How long for refunds in the old days?", ["14 days."]),
        ("退款期限去年是几天？", ["14 days."]),
        ("How long for refunds from 2025 to 2026?", ["14 days.", "30 days."]),
    ],
)
def test_of_two_editions_the_one_of_the_asked_time_is_left(question, expected):
    assert [hit.chunk.text for hit in of_the_time(hits(OLD, NEW), question, TODAY)] == expected


def test_what_was_written_later_may_tell_about_the_past_where_no_other_edition_does():
    report = {"text": "It was 14 days.", "title": "Annual report", "valid_from": date(2026, 1, 1)}
    assert len(of_the_time(hits(OLD, report), "How long for refunds in 2025?", TODAY)) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"title": "发票开具规定（2024 年版）"}, {"title": "发票开具规定（2026 年版）"}, True),
        ({"title": "Handbook v3"}, {"title": "Handbook v4"}, True),
        (
            {"title": "A", "source": "x/refund-policy-2024.md"},
            {"title": "B", "source": "x/refund_policy_2026.pdf"},
            True,
        ),
        ({"title": "Refund policy"}, {"title": "Return policy"}, False),
        ({"title": "Gate G2 setup"}, {"title": "Gate G3 setup"}, False),
    ],
)
def test_editions_of_one_text_differ_in_years_and_versions_only(one, other, same):
    first, second = hits({"text": "One.", **one}, {"text": "Two.", **other})
    assert is_same_text(first.chunk, second.chunk) is same
