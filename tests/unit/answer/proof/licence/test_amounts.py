from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.proof.licence.amounts import taken_amounts
from answer.proof.licence.bounds import bounds_of, contradicts, is_licensed
from answer.proof.licence.numerals import chinese_number, english_number
from ingest.parsers.numerals import numeral

DAY, MONTH = 86_400, "month"


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("It takes 30 days.", 30 * DAY, "second"),
        ("a 14-day trial", 14 * DAY, "second"),
        ("within two weeks", 14 * DAY, "second"),
        ("for a year", 12, MONTH),
        ("half an hour", 1_800, "second"),
        ("3 business days", 3, "workday"),
        ("$1,299.50", Fraction("1299.5"), "usd"),
        ("12 dollars", 12, "usd"),
        ("EUR 9.50", Fraction("9.5"), "eur"),
        ("99.9 percent", Fraction("99.9"), "%"),
        ("2 percentage points", 2, "percentage point"),
        ("8GB of memory", 8, "gb"),
        ("80 Mbps", 80, "mbit/s"),
        ("two hundred and five users", 205, ""),
        ("1.5 million rows", 1_500_000, ""),
        ("-20 °C", -20, "celsius"),
        ("需要十五天", 15 * DAY, "second"),
        ("两周内", 14 * DAY, "second"),
        ("3个工作日", 3, "workday"),
        ("半年", 6, MONTH),
        ("一百五十次", 150, ""),
        ("1.5万条", 15_000, ""),
        ("三成", 30, "%"),
        ("百分之十五", 15, "%"),
        ("¥12", 12, "cny"),
        ("20元人民币", 20, "cny"),
        ("第三步", 3, "ordinal"),
        ("打八折", 8, "tenths of the price"),
        ("8GB内存", 8, "gb"),
    ],
)
def test_amounts_are_read_in_both_languages(text: str, value: int | Fraction, unit: str) -> None:
    (amount,), rest = taken_amounts(text)
    assert amount.measure == (value, unit)
    assert len(rest) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "One of them is a tool.",
        "这是一个一般的问题，十分方便，千万别忘。",
        "统一的一些界面",
        "TM-1042",
        "$12 a month"[3:],
    ],
)
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert taken_amounts(text)[0] == []


@pytest.mark.parametrize(("text", "noun"), [("20 seats and 5 projects", "seat"), ("20个席位", "席位"), ("20 the", "")])
def test_what_is_counted_is_noted(text: str, noun: str) -> None:
    assert taken_amounts(text)[0][0].noun == noun


@given(st.integers(1, 9_999))
def test_chinese_numerals_are_read_back(number: int) -> None:
    assert chinese_number(numeral(number, "chineseCountingThousand")) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("二〇二六", 2026),
        ("一百五", 150),
        ("一万二", 12_000),
        ("三亿", 300_000_000),
        ("一亿三千万", 130_000_000),
        ("十", 10),
        ("一三", None),
        ("二三十", None),
    ],
)
def test_the_short_and_the_odd_ways_of_writing_numerals(text: str, number: int | None) -> None:
    assert chinese_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("twenty-five", 25), ("one hundred and one", 101), ("two thousand ten", 2_010)]
)
def test_english_numerals(text: str, number: int) -> None:
    assert english_number(text) == number


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("at least 8 GB", {"min"}),
        ("up to 8 GB", {"max"}),
        ("no more than 8 GB", {"max"}),
        ("more than 8 GB", {"more"}),
        ("fewer than 8 GB", {"less"}),
        ("8 GB or more", {"min"}),
        ("within 8 GB", {"within"}),
        ("至少8 GB", {"min"}),
        ("不超过8 GB", {"max"}),
        ("8 GB以上", {"min"}),
        ("8 GB以内", {"within"}),
        ("最多可邀请8 GB", {"max"}),
        ("8 GB内存", set()),
        ("8 GB", set()),
    ],
)
def test_bounds_are_read_on_both_sides_of_a_number(text: str, bounds: set[str]) -> None:
    start = text.index("8")
    assert bounds_of(text, start, start + 4) == bounds


@pytest.mark.parametrize(
    ("claimed", "stated", "licensed"),
    [
        ({"min"}, {"min"}, True),
        ({"min"}, {"max"}, False),
        ({"min"}, set(), False),
        (set(), {"min"}, True),
        ({"within"}, set(), True),
        ({"within"}, {"max"}, True),
        ({"within"}, {"after"}, False),
        ({"more"}, {"min"}, False),
    ],
)
def test_a_bound_must_be_stated(claimed: set[str], stated: set[str], licensed: bool) -> None:
    assert is_licensed(frozenset(claimed), frozenset(stated)) is licensed


def test_days_are_contradicted_only_from_the_other_side() -> None:
    by, after, nothing = frozenset(("max",)), frozenset(("after",)), frozenset[str]()
    assert contradicts(by, after)
    assert not contradicts(by, nothing)
    assert not contradicts(by, frozenset(("less",)))
