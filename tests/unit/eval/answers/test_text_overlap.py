"""ROUGE-L and BLEU by hand, in both languages."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers.text_overlap import bleu, overlap_tokens, rouge_l


def test_chinese_counts_by_characters_and_english_by_stems() -> None:
    assert overlap_tokens("退款 takes 20 days") == ["退", "款", "take", "20", "day"]


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("refunds take ten days", "refunds take twenty days", 2 * 3 / 8),
        ("ten days refunds take", "refunds take ten days", 2 * 2 / 8),
        ("退款要十天", "退款需要二十天", 2 * 5 / 12),
        ("面单作废", "手续费", 0.0),
        ("", "手续费", 0.0),
        ("", "", 0.0),
    ],
)
def test_rouge_l_is_f1_of_the_longest_common_subsequence(text: str, reference: str, expected: float) -> None:
    assert rouge_l(text, [reference]) == pytest.approx(expected)


def test_the_closest_reference_counts() -> None:
    assert rouge_l("手续费 20 元", ["面单", "手续费 20 元"]) == 1.0
    assert rouge_l("anything", []) == bleu("anything", []) == 0.0


def test_bleu_is_the_geometric_mean_of_n_gram_shares_with_a_brevity_penalty() -> None:
    # Five tokens of six: unigrams 5/5, pairs 4/4, triples 3/3, fours 2/2, too short by exp(1 - 6/5).
    assert bleu("label voided within fourteen days", ["label voided within fourteen days free"]) == pytest.approx(
        exp(1 - 6 / 5)
    )
    # Unigrams 4/5, pairs 3/4, triples 2/3, fours 1/2.
    assert bleu("退款要十天", ["退款要十日"]) == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** (1 / 4))


def test_a_text_too_short_for_four_in_a_row_can_still_be_right() -> None:
    assert bleu("20 元", ["20 元"]) == pytest.approx(1.0)


def test_another_tokenizer_can_take_the_place() -> None:
    assert rouge_l("ab cd", ["ab ef"], tokens=str.split) == 0.5
    assert rouge_l("abcd", ["abef"], tokens=list) == 0.5


@given(st.text(alphabet="ab 12退款费", max_size=12), st.text(alphabet="ab 12退款费", max_size=12))
def test_overlap_lies_in_0_to_1_and_a_text_covers_itself(text: str, other: str) -> None:
    assert 0 <= rouge_l(text, [other]) <= 1
    assert 0 <= bleu(text, [other]) <= 1
    if overlap_tokens(text):
        assert rouge_l(text, [text]) == 1.0
