from datetime import date

import pytest

from answer.validity import asks_about_another_time

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
