import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ParseError
from core.types import BlockKind, Outcome
from ingest.parsers.builder import DocumentBuilder, one_line

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
