"""Characters shown against characters of gold quotes, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Span
from eval.answers.char_overlap import GoldPlaces, Place, char_precision, char_recall


def place(start: int, end: int, document: str = "a") -> Place:
    return (document, Span(start, end))


def gold(quote: str, *places: Place) -> GoldPlaces:
    return GoldPlaces(quote=quote, places=places)


FEE = gold("The fee is 2.50 euros", place(0, 10))
LABEL = gold("面单可以作废", place(20, 26))


def test_precision_is_the_gold_share_of_what_is_shown() -> None:
    assert char_precision([place(5, 25)], [FEE, LABEL]) == pytest.approx((5 + 5) / 20)
    assert char_precision([place(5, 25, "b")], [FEE, LABEL]) == 0.0
    assert char_precision([], [FEE]) is None


def test_a_character_shown_twice_counts_once() -> None:
    assert char_precision([place(0, 10), place(5, 20)], [FEE]) == pytest.approx(10 / 20)


def test_recall_is_the_shown_share_of_all_statements() -> None:
    assert char_recall([place(0, 5), place(20, 26)], [FEE, LABEL]) == pytest.approx((5 + 6) / 16)
    assert char_recall([place(0, 5)], []) is None


def test_of_several_places_of_a_quote_one_is_enough() -> None:
    twice = gold("Back up before you upgrade", place(0, 10), place(50, 60))
    assert char_recall([place(50, 60)], [twice]) == 1.0


def test_of_quotes_that_say_the_same_one_is_enough() -> None:
    policy, faq = gold("退款手续费 20 元", place(0, 10)), gold("手续费 20 元", place(0, 7, "faq"))
    assert char_recall([place(0, 7, "faq")], [policy, faq]) == 1.0


def test_a_quote_that_stands_nowhere_is_missed_with_its_length() -> None:
    assert char_recall([place(0, 10)], [FEE, gold("十个工作日")]) == pytest.approx(10 / 15)


spans = st.builds(lambda a, n: place(a, a + n), st.integers(0, 30), st.integers(1, 10))


@given(st.lists(spans, max_size=4), st.lists(spans, min_size=1, max_size=4))
def test_showing_more_never_lowers_recall(shown: list[Place], wanted: list[Place]) -> None:
    quotes = [gold(f"fact{n} other{n}", each) for n, each in enumerate(wanted)]
    before, after = char_recall(shown, quotes), char_recall([*shown, *wanted], quotes)
    assert before is not None
    assert after == 1.0
    assert 0 <= before <= after
