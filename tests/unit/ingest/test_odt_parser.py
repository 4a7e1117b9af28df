from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.odt_parser import parse_odt

Texts = Callable[[Any], list[tuple[str, str]]]
Make = Callable[..., Path]
_NAMES = {"office": "office", "text": "text", "style": "style", "table": "table", "draw": "drawing", "meta": "meta"}
_NS = " ".join(f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for key, name in _NAMES.items())
_FO = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'


@pytest.fixture
def make_odt(make_zip: Make) -> Make:
    def make(body: str, *, automatic: str = "", styles: str = "", meta: str = "", manifest: str = "<m/>") -> Path:
        return make_zip(
            "a.odt",
            {
                "content.xml": f"<office:c {_NS} {_FO}><office:automatic-styles>{automatic}</office:automatic-styles>"
                f"<office:body><office:text>{body}</office:text></office:body></office:c>",
                "styles.xml": f"<office:s {_NS} {_FO}>{styles}</office:s>",
                "meta.xml": f'<office:m {_NS} xmlns:dc="http://purl.org/dc/elements/1.1/">{meta}</office:m>',
                "META-INF/manifest.xml": manifest,
            },
        )

    return make


def test_headings_come_from_their_level_or_from_the_style(make_odt: Make, texts_of: Texts) -> None:
    styles = (
        '<style:style style:name="A" style:display-name="标题 3"/>'
        '<style:style style:name="B" style:parent-style-name="A"/>'
        '<style:style style:name="Title"/>'
    )
    body = (
        '<text:p text:style-name="Title">手册</text:p><text:h text:outline-level="2">Two</text:h>'
        '<text:p text:style-name="B">三</text:p><text:p>text</text:p>'
    )
    assert texts_of(parse_odt(make_odt(body, styles=styles))) == [
        ("h1", "手册"),
        ("h2", "Two"),
        ("h3", "三"),
        ("paragraph", "text"),
    ]


def test_lists_and_headings_are_numbered(make_odt: Make, texts_of: Texts) -> None:
    automatic = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="一, 二"'
        ' style:num-prefix="（" style:num-suffix="）"/>'
        '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/></text:list-style>'
        '<text:outline-style><text:outline-level-style text:level="1"'
        ' style:num-format="1"/><text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>'
        "</text:outline-style>"
    )
    item = "<text:list-item><text:p>{}</text:p>{}</text:list-item>".format
    inner = f"<text:list>{item('b', '')}{item('c', '<text:p>more of c</text:p>')}</text:list>"
    body = (
        '<text:h text:outline-level="1">One</text:h><text:h text:outline-level="2">Two</text:h>'
        f'<text:list text:style-name="L">{item("a", inner)}{item("d", "")}</text:list><text:p>between</text:p>'
        f'<text:list text:style-name="L" text:continue-numbering="true">{item("e", "")}</text:list>'
        f'<text:list text:style-name="L">{item("f", "")}</text:list>'
    )
    document = parse_odt(make_odt(body, automatic=automatic))
    assert texts_of(document) == [
        ("h1", "1 One"),
        ("h2", "1.1 Two"),
        ("list_item", "（一） a"),
        ("list_item", "a) b"),
        ("list_item", "b) c"),
        ("paragraph", "more of c"),
        ("list_item", "（二） d"),
        ("paragraph", "between"),
        ("list_item", "（三） e"),
        ("list_item", "（一） f"),
    ]
    assert "（一） a\n  a) b\n  b) c" in document.text


def test_spaces_notes_and_boxes_are_read_and_comments_are_not(make_odt: Make) -> None:
    body = """<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
        <text:p>a<text:s text:c="3"/>b
           c<text:line-break/>d<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>note</text:p>
           </text:note-body></text:note><office:annotation><text:p>comment</text:p></office:annotation>
           <draw:frame><draw:text-box><text:p>盒子</text:p></draw:text-box></draw:frame></text:p>
        <text:table-of-content><text:p>contents</text:p></text:table-of-content>
        <text:section text:display="none"><text:p>hidden</text:p></text:section><text:section><text:p>shown</text:p>
        </text:section>"""
    assert parse_odt(make_odt(body)).text == "a b c\nd\n\n盒子\n\nnote\n\nshown"


def _row(*cells: str, attributes: str = "") -> str:
    inside = "".join(f"<table:table-cell {attributes}><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
    return f"<table:table-row>{inside}</table:table-row>"


def test_cells_over_rows_and_tables_in_cells(make_odt: Make, texts_of: Texts) -> None:
    inner = f"<table:table>{_row('kg', '€')}{_row('1', '5')}</table:table>"
    body = (
        f"<table:table><table:table-header-rows>{_row('区域', 'City')}</table:table-header-rows><table:table-row>"
        '<table:table-cell table:number-rows-spanned="2"><text:p>East</text:p></table:table-cell>'
        "<table:table-cell><text:p>上海</text:p></table:table-cell></table:table-row><table:table-row>"
        f"<table:covered-table-cell/><table:table-cell>{inner}</table:table-cell></table:table-row></table:table>"
        f"<table:table>{_row('only placed')}</table:table>"
    )
    assert texts_of(parse_odt(make_odt(body))) == [
        ("table", "| 区域 | City |\n| --- | --- |\n| East | 上海 |\n| East | kg, €; 1, 5 |"),
        ("paragraph", "only placed"),
    ]


def test_what_the_file_says_about_itself_is_metadata(make_odt: Make) -> None:
    meta = (
        "<dc:title>退款</dc:title><dc:creator>李雷</dc:creator><dc:date>2026-03-02</dc:date><dc:language>en-US</dc:language>"
        '<meta:user-defined meta:name="product">Gate</meta:user-defined>'
    )
    styles = "<style:header><text:p>ACME</text:p></style:header><style:footer><text:p>3</text:p></style:footer>"
    document = parse_odt(make_odt("<text:p>三个工作日内退款。</text:p>", meta=meta, styles=styles))
    assert document.title == "退款"
    # The language was that of the program.
    assert document.metadata == {
        "title": "退款",
        "author": "李雷",
        "modified": "2026-03-02",
        "product": "Gate",
        "page_header": "ACME",
    }


def test_protection_damage_and_emptiness_are_told(make_odt: Make, make_zip: Make) -> None:
    with pytest.raises(ParseError, match="password") as caught:
        parse_odt(make_odt("", manifest="<m><encryption-data/></m>"))
    assert caught.value.outcome is Outcome.ENCRYPTED
    with pytest.raises(ParseError, match="holds no text document"):
        parse_odt(make_zip("b.odt", {"content.xml": "<x/>"}))
    with pytest.raises(ParseError, match="holds no text"):
        parse_odt(make_odt("<text:p> </text:p>"))
