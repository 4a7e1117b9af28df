from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.types import BlockKind
from ingest.parsers.drafts import Draft, build

Texts = Callable[[Any], list[tuple[str, str]]]


def _line(text: str, size: float = 0, *, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0) -> Draft:
    return Draft(kind=kind, text=text, bold=bool(size), size=size, level=level)


def _built(drafts: list[Draft], **properties: str) -> Any:
    return build(drafts, Path("folder/file name.docx"), parser="test", properties=properties, empty_reason="none")


def test_bold_lines_above_text_head_it_where_nothing_else_does(texts_of: Texts) -> None:
    drafts = [
        _line("Guide", 20),
        _line("开始之前", 14),
        _line("Text."),
        _line("A bold sentence ends with a stop.", 14),
        _line("Warning: bold", 14),
        _line("More."),
        _line("bold at the end", 14),
    ]
    assert [kind for kind, _text in texts_of(_built(drafts))] == [
        "h1", "h2", "paragraph", "paragraph", "h2", "paragraph", "paragraph",
    ]  # fmt: skip


def test_bold_lines_stay_text_where_the_file_has_headings_and_where_they_follow_each_other(texts_of: Texts) -> None:
    heading = _line("Real", kind=BlockKind.HEADING, level=1)
    assert texts_of(_built([heading, _line("bold", 14), _line("text")]))[1] == ("paragraph", "bold")
    blocks = texts_of(_built([_line("a", 14), _line("b", 14), _line("c")]))
    assert blocks == [("paragraph", "a"), ("h1", "b"), ("paragraph", "c")]


def test_typed_bullets_become_list_items_and_lone_ones_go(texts_of: Texts) -> None:
    drafts = [_line("• 第一"), _line("•"), _line("\uf0b7 second"), _line("– third")]
    assert texts_of(_built(drafts)) == [("list_item", "第一"), ("list_item", "second"), ("list_item", "third")]


def test_lines_of_code_are_one_block_with_their_blank_lines(texts_of: Texts) -> None:
    code = [_line(text, kind=BlockKind.CODE) for text in ["", "a:", "", "  b", ""]]
    assert texts_of(_built([*code, _line("text")])) == [("code", "a:\n\n  b"), ("paragraph", "text")]


def test_the_title_is_the_first_heading_then_the_property_then_the_file() -> None:
    heading = _line("手册", kind=BlockKind.HEADING, level=1)
    assert _built([heading, _line("x")], title="Stated").title == "手册"
    assert _built([_line("x")], title="Stated").title == "Stated"
    untitled = _built([_line("x")], title="Microsoft Word - Document1", author="python-docx", language="zh-CN")
    assert (untitled.title, untitled.metadata) == ("file name", {})
