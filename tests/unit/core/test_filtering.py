from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.filtering import folded, format_of, key_of, parse_filter, source_matcher
from core.types import Condition, Filter


def test_a_name_given_twice_accepts_either_value_and_not_is_its_own_condition():
    assert parse_filter(["Product=A", "language=zh", "product = B=C", "product!=D"], "2025-01-31") == Filter(
        conditions=(
            Condition(name="product", values=("A", "B=C")),
            Condition(name="language", values=("zh",)),
            Condition(name="product", values=("D",), negated=True),
        ),
        as_of=date(2025, 1, 31),
    )
    assert parse_filter([], "") is None


@pytest.mark.parametrize("words", ["product", "=x", "product=", "!=x", "产品=\u200b"])
def test_a_condition_without_name_or_value_is_refused(words):
    with pytest.raises(InvalidInput, match="write name=value"):
        parse_filter([words], "")


@pytest.mark.parametrize("day", ["yesterday", "2025-02-30", "二〇二五年"])
def test_a_day_that_is_none_is_refused(day):
    with pytest.raises(InvalidInput, match="write it like 2025-01-31"):
        parse_filter([], day)


def test_case_width_space_and_script_are_folded_and_nothing_else():
    assert folded(" ＴＩＤＥ\u3000mark\x00 ") == folded("tide Mark") == "tide mark"
    assert folded("發票開具") == folded("发票开具")
    assert folded("Gate G3") != folded("Gate-G3")
    assert folded("Straße") == folded("STRASSE")


@given(st.text(max_size=600))
def test_folding_again_changes_nothing_and_a_key_fits_an_index(text):
    assert folded(folded(text)) == folded(text)
    assert len(key_of(text)) <= 200
    assert "\x00" not in key_of(text)


@pytest.mark.parametrize(
    ("value", "source", "fits"),
    [
        ("zh/a.md", "zh/a.md", True),
        ("ZH/發票.md", "zh/发票.md", True),
        ("zh", "zh/a.md", True),
        ("zh/", "zh/deep/a.md", True),
        ("./zh", "zh/a.md", True),
        ("zh", "zhang/a.md", False),
        ("zh/a", "zh/a.md", False),
        ("*.md", "zh/a.md", True),
        ("zh/?.md", "zh/ab.md", False),
        ("[ab].md", "a.md", False),
        ("[ab]*", "[ab].md", True),
    ],
)
def test_a_source_is_a_path_a_folder_or_a_pattern(value, source, fits):
    assert source_matcher([value])(source) is fits


def test_a_format_is_the_ending_of_the_last_part_of_a_name():
    assert [format_of(name) for name in ("a/b.PDF", "mail.eml!/x.docx", "v1.2/readme", ".env")] == [
        "pdf",
        "docx",
        "",
        "",
    ]
