import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.sentences.salience import Lexicon, WordMatcher, lexicon_from, packaged_matcher


@pytest.fixture(scope="module")
def matcher():
    """退款 and 退还 point the same way, 价格 at a right angle; 退 and 款 are rare alone."""
    words = ("退款", "退还", "价格", "退", "款", "的")
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1], [1, 0], [1, 0], [0, 0]], dtype=np.float32)
    counts = np.array([100, 10, 100, 1, 1, 789], dtype=np.float32)
    return WordMatcher(Lexicon(words=words, counts=counts, vectors=vectors, total=1_000.0))


def test_the_likeliest_words_are_cut(matcher):
    assert matcher.words("退款的价格") == ["退款", "的", "价格"]


def test_traditional_and_full_width_text_gives_the_same_words(matcher):
    assert matcher.words("退還ＡＰＩ") == ["退还", "api"]


def test_characters_that_the_lexicon_lacks_stand_alone(matcher):
    assert matcher.words("退款鑫鑫") == ["退款", "鑫", "鑫"]


def test_a_word_weighs_by_its_rarity_in_powers_of_ten(matcher):
    words, weights = matcher.asked("退款和退还")
    assert words == ["退款", "退还"]
    assert weights.tolist() == pytest.approx([1.0, 2.0])


def test_grammar_is_not_asked_for(matcher):
    assert matcher.asked("的吗？")[0] == []


def test_an_identifier_weighs_half_of_the_most(matcher):
    words, weights = matcher.asked("TM-1042")
    assert (words, weights.tolist()) == (["tm-1042"], [4.0])


@pytest.mark.parametrize(
    ("text", "expected"), [("可以退款", 1.0), ("可以退还", 0.8), ("看价格", 0.0), ("no Chinese", 0.0)]
)
def test_a_word_is_met_exactly_or_by_its_nearest_neighbour(matcher, text, expected):
    assert matcher.match(["退款"], text).tolist() == pytest.approx([expected])


def test_latin_words_are_met_exactly_only(matcher):
    assert matcher.match(["webhook"], "设置 Webhook 地址").tolist() == [1.0]
    assert matcher.match(["webhook"], "退款").tolist() == [0.0]


def test_no_words_give_no_matches(matcher):
    assert matcher.match([], "退款").shape == (0,)


def test_a_lexicon_refuses_unequal_lengths():
    with pytest.raises(ValueError, match=r"\(2, 1, 1\)"):
        Lexicon(words=("a", "b"), counts=np.ones(1), vectors=np.ones((1, 2)), total=1.0)


def test_stored_vectors_come_back_with_length_1():
    stored = {
        "words": np.frombuffer("退\n款".encode(), dtype=np.uint8),
        "counts": np.array([3, 1]),
        "vectors": np.array([[3, 4], [0, 0]], dtype=np.int8),
        "total": np.float64(4),
    }
    lexicon = lexicon_from(stored)
    assert lexicon.words == ("退", "款")
    assert lexicon.vectors.tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]


def test_the_packaged_lexicon_knows_words_of_one_meaning():
    matcher = packaged_matcher()
    near, far = matcher.match(["退款"], "退还")[0], matcher.match(["退款"], "密码")[0]
    assert near > 0.6 > far


@given(st.text(alphabet="退款还价格的鑫aB1. -\n", max_size=40))
def test_words_cover_every_han_character_in_order(text):
    lexicon = Lexicon(words=("退款", "的"), counts=np.ones(2), vectors=np.ones((2, 2), dtype=np.float32), total=2.0)
    joined = "".join(WordMatcher(lexicon).words(text))
    assert [c for c in joined if "一" <= c <= "鿿"] == [c for c in text if "一" <= c <= "鿿"]
