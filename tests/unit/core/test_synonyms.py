import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.synonyms import MOST_GROUPS, Synonyms, parse_synonyms
from core.text import query_weights

FILE = """# what our customers say
refund, money back, 退款，退钱

VPN、virtual private network, 虚拟专用网
應用程式, 应用程序, app
"""


def test_a_file_has_one_group_a_line_and_commas_of_either_language():
    assert parse_synonyms(FILE).groups == (
        ("refund", "money back", "退款", "退钱"),
        ("VPN", "virtual private network", "虚拟专用网"),
        ("應用程式", "应用程序", "app"),
    )


@pytest.mark.parametrize(
    ("question", "also"),
    [
        ("When are Refunds paid?", ("money back", "退款", "退钱")),
        ("I want my money back", ("refund", "退款", "退钱")),
        ("money is back", ()),
        ("怎么退钱？", ("refund", "money back", "退款")),
        ("退出款项", ()),
        ("虛擬專用網連不上", ("VPN", "virtual private network")),
        ("應用程式閃退", ("app",)),
        ("Does the happy path work?", ()),
        ("refund over VPN", ("money back", "退款", "退钱", "virtual private network", "虚拟专用网")),
    ],
)
def test_a_question_is_asked_with_the_phrases_that_mean_the_same(question, also):
    assert parse_synonyms(FILE).beside(question) == also


def test_a_synonym_counts_less_than_what_was_asked_for_and_never_lifts_a_term_twice():
    assert query_weights("refund refund policy", ["money refund"]) == {"refund": 2.0, "polici": 1.0, "money": 0.4}
    assert query_weights("退钱", ["退款"]) == {"退": 1.0, "钱": 1.0, "退钱": 1.0, "款": 0.4, "退款": 0.4}


@pytest.mark.parametrize(
    "line", ["refund", "refund,", "refund, !!", f"refund, {'x' * 61}", ",".join(f"w{n}" for n in range(21))]
)
def test_a_line_that_is_off_is_named(line):
    with pytest.raises(InvalidInput, match="line 2"):
        parse_synonyms(f"a, b\n{line}\n")


def test_the_list_is_bounded():
    with pytest.raises(InvalidInput, match="2,001 lines"):
        parse_synonyms("a, b\n" * (MOST_GROUPS + 1))


phrases = (
    st.text("abc退款 ", min_size=1, max_size=6).map(str.strip).filter(bool).map(lambda text: " ".join(text.split()))
)


@given(st.lists(st.lists(phrases, min_size=2, max_size=5, unique=True).map(tuple), max_size=4))
def test_a_list_is_read_as_it_was_written(groups):
    synonyms = Synonyms(tuple(groups))
    assert parse_synonyms(synonyms.as_text()) == synonyms
