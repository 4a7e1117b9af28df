import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sameness import same_words


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  Refunds take\n14 Days ", "refunds take 14 days"),
        ("退款 需要 １４ 天，ＯＫ　吗", "退款需要14天,ok吗"),
        ("後台設定", "后台设定"),
        ("Cafe\u0301 STRASSE Straße", "café strasse strasse"),
        ("退款。 OK， 好", "退款。ok,好"),
        ("１ ２ Ａ Ｂ", "1 2 a b"),
        ("第 3 章 of the guide", "第3章of the guide"),
        ("", ""),
        (" \u3000\n", ""),
    ],
)
def test_width_case_white_space_and_script_are_one(text: str, form: str) -> None:
    assert same_words(text) == form


@pytest.mark.parametrize(("one", "other"), [("10²", "102"), ("1 0", "10"), ("½", "1/2"), ("-5", "5"), ("Ⅳ", "IV")])
def test_nothing_that_carries_a_fact_is_folded(one: str, other: str) -> None:
    assert same_words(one) != same_words(other)


@given(st.text(st.sampled_from("aA1１ 　\n退後后，,。é-")))
def test_the_form_of_a_form_is_itself(text: str) -> None:
    assert same_words(same_words(text)) == same_words(text)
