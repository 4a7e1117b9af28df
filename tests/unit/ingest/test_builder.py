import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ParseError
from core.types import BlockKind, Outcome
from ingest.parsers.builder import DocumentBuilder, clean, one_line

ALL = st.text(max_size=60)


def test_list_items_stand_on_lines_and_other_blocks_after_a_blank_line() -> None:
    builder = DocumentBuilder()
    for kind, text in [
        (BlockKind.HEADING, "Refunds"),
        (BlockKind.LIST_ITEM, "first"),
        (BlockKind.LIST_ITEM, "second"),
        (BlockKind.PARAGRAPH, "End."),
    ]:
        builder.add(kind, text, level=9)
    document = builder.build(title="t", parser="p")
    assert document.text == "Refunds\n\nfirst\nsecond\n\nEnd."
    assert [block.level for block in document.blocks] == [6, 0, 0, 0]


def test_a_list_inside_a_list_is_indented_outside_its_items_spans() -> None:
    builder = DocumentBuilder()
    for text, depth in [("第一", 0), ("inner", 1), ("deeper", 99)]:
        builder.add(BlockKind.LIST_ITEM, text, depth=depth)
    builder.add(BlockKind.PARAGRAPH, "after", depth=3)
    document = builder.build(title="t", parser="test")
    assert document.text == f"第一\n  inner\n{'  ' * 8}deeper\n\nafter"
    assert [block.span.of(document.text) for block in document.blocks] == ["第一", "inner", "deeper", "after"]


def test_code_keeps_its_indentation_and_prose_does_not() -> None:
    builder = DocumentBuilder()
    builder.add(BlockKind.CODE, "\n  if x:\r\n      y   \n")
    builder.add(BlockKind.PARAGRAPH, "  two \u00a0 words  \n\n  next ")
    assert builder.text == "  if x:\n      y\n\ntwo words\nnext"


def test_invisible_characters_are_not_part_of_the_text() -> None:
    builder = DocumentBuilder()
    builder.add(BlockKind.PARAGRAPH, "re\u00adfund\u200b\x00 \ud800退款\ufeff")
    assert builder.text == "refund \ufffd退款"


def test_a_line_break_between_chinese_characters_leaves_no_space() -> None:
    assert one_line("退款会在\n三天内到账 \n within three\ndays") == "退款会在三天内到账 within three days"


def test_a_document_without_text_is_an_error() -> None:
    builder = DocumentBuilder()
    builder.add(BlockKind.PARAGRAPH, " \n\u200b ")
    with pytest.raises(ParseError, match="no words here") as caught:
        builder.build(title="t", parser="p", empty_reason="no words here")
    assert caught.value.outcome is Outcome.EMPTY


@given(st.lists(st.tuples(st.sampled_from(list(BlockKind)), ALL)))
def test_blocks_cover_the_text_in_order(drafts: list[tuple[BlockKind, str]]) -> None:
    builder = DocumentBuilder()
    for kind, text in drafts:
        builder.add(kind, text, level=1)
    if not builder.text:
        return
    document = builder.build(title="t", parser="p")
    document.text.encode()
    end = 0
    for block in document.blocks:
        assert document.text[end : block.span.start].strip() == ""
        assert block.span.of(document.text).strip()
        end = block.span.end
    assert end == len(document.text)


@given(
    st.text(
        alphabet=st.sampled_from(
            list("a 退，\n\r\t\x00\x07\x1f\x7f\x85\u00a0\u00ad\u200b\u2028\u2060\ufeff\uffff\ud83d\ue000")
        )
    )
)
def test_no_invisible_character_comes_through_and_nothing_else_is_changed(text: str) -> None:
    ends = text.replace("\r\n", "\n").translate(dict.fromkeys(map(ord, "\r\u2028\u2029"), "\n"))
    hidden = dict.fromkeys(map(ord, "\x00\x07\x1f\x7f\u00ad\u200b\u2060\ufeff\uffff"))
    assert clean(text) == ends.translate({**hidden, 0xD83D: "\ufffd"})


@pytest.mark.parametrize(
    ("kind", "text", "tidy"),
    [
        (BlockKind.PARAGRAPH, " a\u00a0 \t b\n\n  c ", "a b\nc"),
        (BlockKind.HEADING, "退款\n 说明 2\nb", "退款说明 2 b"),
        (BlockKind.LIST_ITEM, "一  二\u3000三", "一 二 三"),
        (BlockKind.CODE, "  x  =  1  \n", "  x  =  1"),
    ],
)
def test_white_space_is_one_blank_except_in_code(kind: BlockKind, text: str, tidy: str) -> None:
    builder = DocumentBuilder()
    builder.add(kind, text)
    assert builder.text == tidy
