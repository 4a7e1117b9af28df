from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ParseError
from ingest.parsers.rtf_parser import parse_rtf
from ingest.parsers.rtf_tokens import Token, tokens

Texts = Callable[[Any], list[tuple[str, str]]]


def _hex(text: str, codec: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(codec))


@pytest.fixture
def make_rtf(tmp_path: Path) -> Callable[..., Path]:
    def make(body: str, head: str = r"\ansicpg1252") -> Path:
        path = tmp_path / "a.rtf"
        path.write_bytes(rf"{{\rtf1\ansi{head} {body}}}".encode("ascii"))
        return path

    return make


@pytest.mark.parametrize(
    ("codec", "page", "charset", "text"),
    [
        ("gb18030", 936, 134, "退款需要三个工作日。"),
        ("big5", 950, 136, "請保留購買發票。"),
        ("cp932", 932, 128, "返金は三日以内です。"),
        ("cp1251", 1251, 204, "Возврат за три дня."),
    ],
)
def test_bytes_are_read_in_the_code_page_of_file_or_font(
    make_rtf: Callable[..., Path], codec: str, page: int, charset: int, text: str
) -> None:
    assert parse_rtf(make_rtf(_hex(text, codec), rf"\ansicpg{page}")).text == text
    fonts = rf"\ansicpg1252{{\fonttbl{{\f0\fcharset0 Arial;}}{{\f7\fcharset{charset} {_hex('体', 'gb18030')};}}}}"
    assert parse_rtf(make_rtf(rf"\f7 {_hex(text, codec)}", fonts)).text == text


def test_chinese_in_a_font_that_calls_itself_western_is_read_by_the_code_page(make_rtf: Callable[..., Path]) -> None:
    head = r"\ansicpg936{\fonttbl{\f1\fcharset0 Times;}}"
    assert parse_rtf(make_rtf(r"\f1 " + _hex("发票", "gb18030"), head)).text == "发票"
    assert parse_rtf(make_rtf(r"\f1 caf\'e9 bar", head)).text == "café bar"


def test_unicode_replaces_what_stands_for_it_in_older_programs(make_rtf: Callable[..., Path]) -> None:
    body = r"\u36864?\u27454\'bf x\uc2\u8364\'80\'80{\uc0\u26159 }\u-10179??\u-8703??!"
    assert parse_rtf(make_rtf(body)).text == "退款 x€是😁!"


def test_headings_come_from_outline_levels_and_style_names(make_rtf: Callable[..., Path], texts_of: Texts) -> None:
    styles = r"{\stylesheet{\s0 Normal;}{\s3 heading 2;}{\s4\outlinelevel2 Mine;}{\*\cs9 heading 1;}{\s5 toc 1;}}"
    body = r"\s3 Two\par\pard\s4 Three\par\pard\outlinelevel0 One\par\pard\s9 text\par\pard\s5 One 1\par\pard\s0 end"
    assert texts_of(parse_rtf(make_rtf(styles + body))) == [
        ("h2", "Two"),
        ("h3", "Three"),
        ("h1", "One"),
        ("paragraph", "text"),
        ("paragraph", "end"),
    ]


def test_lists_have_the_numbers_that_the_file_writes(make_rtf: Callable[..., Path], texts_of: Texts) -> None:
    body = (
        r"{\listtext\pard 1.\tab}Open\par{\pntext\'b7\tab}\ilvl1 dot\par{\listtext "
        + _hex("（二）", "gb18030")
        + r"\tab}\ilvl0 two\par"
    )
    document = parse_rtf(make_rtf(body, r"\ansicpg936"))
    assert texts_of(document) == [("list_item", "1. Open"), ("list_item", "dot"), ("list_item", "（二） two")]
    assert document.text == "1. Open\n  dot\n（二） two"


def test_tables_follow_the_ends_of_their_cells(make_rtf: Callable[..., Path], texts_of: Texts) -> None:
    body = (
        r"\trowd\cellx100\cellx200\cellx300\intbl Plan\cell Since\cell Fee\cell\row"
        r"\trowd\clvmgf\cellx100\cellx205\cellx300 Team\cell 2025\par and on\cell 9\cell\row"
        r"\trowd\clvmrg\cellx100\cellx300\cell free\cell\row"
        r"\pard after"
    )
    assert texts_of(parse_rtf(make_rtf(body))) == [
        ("table", "| Plan | Since | Fee |\n| --- | --- | --- |\n| Team | 2025 and on | 9 |\n| Team | free |  |"),
        ("paragraph", "after"),
    ]


def test_notes_and_boxes_follow_their_paragraph_and_margins_go_into_metadata(make_rtf: Callable[..., Path]) -> None:
    body = (
        r"{\header ACME {\field{\*\fldinst PAGE}{\fldrslt 1}}\par}{\footer 7\par}"
        r"Text{\super\chftn}{\footnote {\chftn} A note.\par}{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt box\par}}"
        r"{\shprslt again}} goes on.\par Next"
    )
    document = parse_rtf(make_rtf(body))
    assert document.text == "Text goes on.\n\nA note.\n\nbox\n\nNext"
    assert document.metadata == {"page_header": "ACME 1"}


def test_what_nobody_sees_is_not_read(make_rtf: Callable[..., Path]) -> None:
    body = (
        r"seen{\v hidden}{\deleted gone\deleted0 !}{\*\unknown secret}{\pict 0a0b}{\object{\*\objdata 00}{\result R}}"
        r"{\*\annotation remark}{\xe index}\bin4 {}{}\~end"
    )
    assert parse_rtf(make_rtf(body)).text == "seen!R end"


def test_a_file_that_was_cut_off_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(rb"{\rtf1\ansi first\par {\b second {\footnote not")
    assert parse_rtf(path).text == "first\n\nsecond\n\nnot"


def test_powers_stay_powers_and_code_is_one_listing(make_rtf: Callable[..., Path], texts_of: Texts) -> None:
    body = r"10{\super 6} rows\par\f2 a = 1\par   b\par\plain end"
    document = parse_rtf(make_rtf(body, r"\ansicpg1252{\fonttbl{\f0 Arial;}{\f2 Courier New;}}"))
    assert texts_of(document) == [("paragraph", "10^6 rows"), ("code", "a = 1\n  b"), ("paragraph", "end")]


def test_a_file_without_text_is_empty(make_rtf: Callable[..., Path]) -> None:
    with pytest.raises(ParseError, match="holds no text"):
        parse_rtf(make_rtf(r"\par"))


def test_tokens_keep_numbers_and_leave_the_layout_out() -> None:
    source = b"{\\b0 x\r\ny\\'e9\\~\\bin2 }}\\u-5z}"
    assert list(tokens(source)) == [
        Token(group="{"),
        Token(word="b", number=0),
        Token(data=b"x"),
        Token(data=b"y"),
        Token(data=b"\xe9"),
        Token(word="~"),
        Token(word="u", number=-5),
        Token(data=b"z"),
        Token(group="}"),
    ]


_PARTS = r"\par |\cell |\row |\trowd |\cellx9 |\u8364?|\'d6|\intbl |{\footnote |{\listtext |{\*\x |\|{|}|a|b "


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(_PARTS.split("|")), max_size=30))
def test_no_sequence_of_words_stops_the_reader_or_costs_what_came_before(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(("{\\rtf1 text " + "".join(words)).encode())
    assert "text" in parse_rtf(path).text
