import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.evidence.quantities import quantities


def found(text):
    return [(quantity.value, quantity.unit) for quantity in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within fourteen days of purchase", [("14", "day")]),
        ("付款后十四天内", [("14", "day")]),
        ("within 5 business days", [("5", "business_day")]),
        ("2 个工作日内开出", [("2", "business_day")]),
        ("5 to 7 working days", [("5-7", "business_day")]),
        ("5-7 天", [("5-7", "day")]),
        ("$1,299.50 a year", [("1299.5", "dollar")]),
        ("每次 15 元", [("15", "yuan")]),
        ("￥15", [("15", "yuan")]),
        ("15 % off", [("15", "percent")]),
        ("1 TB of storage", [("1000000000", "byte")]),
        ("1,000 GB of storage", [("1000000000", "byte")]),
        ("一百八十天", [("180", "day")]),
        ("两百五十人", [("250", "person")]),
        ("三万次", [("30000", "time")]),
        ("within twenty-five days", [("25", "day")]),
        ("seventy users", [("70", "person")]),
        ("two hundred and five seats", [("205", "person")]),
        ("每年 1.5万元", [("15000", "yuan")]),
        ("3-5 万元", [("30000-50000", "yuan")]),
        ("一百五元", [("150", "yuan")]),
        ("$1.5 million a year", [("1500000", "dollar")]),
        ("up to 5k users", [("5000", "person")]),
        ("since 1 January 2026", [("2026-01-01", "date")]),
        ("自2026年1月1日起", [("2026-01-01", "date")]),
        ("2026-01-01", [("2026-01-01", "date")]),
        ("March 5, 2026", [("2026-03-05", "date")]),
        ("needs version 5.4.2", [("5.4.2", "version")]),
    ],
)
def test_an_amount_has_one_value_however_it_is_written(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize("text", ["在十分重要的时候", "Gate G3", "error TM-1042", "按 2026 年的规定", "section 4", ""])
def test_what_counts_nothing_is_no_amount(text):
    assert found(text) == []


@given(st.integers(1, 99_999), st.sampled_from(["days", "天", "GB", "元", "users", "次", "%"]), st.text(max_size=10))
def test_an_amount_lies_where_its_span_says(number, unit, before):
    text = f"{before} 在 {number} {unit}."
    assert any(quantity.span.of(text) == f"{number} {unit}" for quantity in quantities(text))
