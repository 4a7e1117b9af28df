import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.numerals import numeral

_VALUES = {"零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1_000}


@pytest.mark.parametrize(
    ("number", "style", "expected"),
    [
        (4, "decimal", "4"),
        (4, "decimalZero", "04"),
        (27, "lowerLetter", "aa"),
        (26, "upperLetter", "Z"),
        (1_994, "upperRoman", "MCMXCIV"),
        (9, "lowerRoman", "ix"),
        (12, "chineseCounting", "十二"),
        (105, "chineseCountingThousand", "一百零五"),
        (1_010, "japaneseCounting", "一千零一十"),
        (21, "chineseLegalSimplified", "贰拾壹"),
        (10, "ideographTraditional", "癸"),
        (12, "ideographZodiac", "亥"),
        (12, "ideographDigital", "一二"),
        (20, "decimalEnclosedCircle", "⑳"),
        (21, "decimalEnclosedCircle", "21"),
        (30, "decimalFullWidth", "３０"),
        (22, "ordinal", "22nd"),
        (13, "ordinal", "13th"),
        (0, "upperRoman", "0"),
        (7, "a style of tomorrow", "7"),
    ],
)
def test_a_number_is_written_as_word_processors_write_it(number: int, style: str, expected: str) -> None:
    assert numeral(number, style) == expected


@given(st.integers(1, 9_999))
def test_chinese_numerals_read_back_to_their_number(number: int) -> None:
    total, digit = 0, 0
    for character in numeral(number, "chineseCounting"):
        if character in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[character], 0
        else:
            digit = _VALUES[character]
    assert total + digit == number
