from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from ingest.parsers.xml_parser import parse_xml

Texts = Callable[[Any], list[tuple[str, str]]]


def read(folder: Path, text: str, encoding: str = "utf-8") -> Any:
    path = folder / "a.xml"
    path.write_bytes(text.encode(encoding))
    return parse_xml(path)


def test_the_fields_of_a_record_keep_their_names(tmp_path: Path, texts_of: Texts) -> None:
    xml = '<plans><plan code="t"><name>Team</name><seats>25</seats></plan><plan><名称>商业版</名称></plan></plans>'
    assert texts_of(read(tmp_path, xml)) == [
        ("paragraph", "code: t\nname: Team\nseats: 25"),
        ("paragraph", "名称: 商业版"),
    ]


def test_a_book_gives_headings_items_tables_and_code(tmp_path: Path, texts_of: Texts) -> None:
    xml = (
        '<?xml version="1.0" encoding="GB2312"?><!DOCTYPE b [<!ENTITY p "网关">]><book xml:lang="zh">'
        "<title>手册</title>"
        "<author>陈工</author><chapter><title>安装</title><para>先<b>备份</b>&p;。</para><list><listitem><para>一</para>"
        "<para>二</para></listitem></list><screen>a\n  b</screen><table><row><entry>x</entry><entry>y</entry></row>"
        "<row><entry>1</entry><entry>2</entry></row></table></chapter></book>"
    )
    document = read(tmp_path, xml, "gb18030")
    assert document.metadata == {"title": "手册", "author": "陈工", "language": "zh"}
    assert texts_of(document) == [
        ("h1", "手册"),
        ("paragraph", "author: 陈工"),
        ("h2", "安装"),
        ("paragraph", "先备份网关。"),
        ("list_item", "一 二"),
        ("code", "a\n  b"),
        ("table", "| x | y |\n| --- | --- |\n| 1 | 2 |"),
    ]


def test_questions_with_answers_are_entries(tmp_path: Path, texts_of: Texts) -> None:
    xml = "<faqs><faq><question>Why?</question><answer>&lt;p&gt;So.&lt;/p&gt;</answer></faq></faqs>"
    assert texts_of(read(tmp_path, xml)) == [("h2", "Why?"), ("paragraph", "So.")]


def test_a_bomb_of_entities_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(ParseError, match="not well-formed XML"):
        read(tmp_path, f'<!DOCTYPE a [<!ENTITY e0 "lol">{entities}]><a>&e11;</a>')


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    xml = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]><a><b>before &x; after</b></a>'
    try:
        text = read(tmp_path, xml).text
    except ParseError:
        text = ""
    assert "secret" not in text


def test_broken_xml_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="not well-formed XML"):
        read(tmp_path, "<a><b></a>")
