"""Small Word files by their XML; ``make_docx`` puts what stands in the body around, and other parts beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.docx_parser import parse_docx

Texts = Callable[[Any], list[tuple[str, str]]]
Make = Callable[..., Path]
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_NS = (
    f'{_W} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def make_docx(make_zip: Make) -> Make:
    def make(body: str, *, head: str = "", **parts: str) -> Path:
        relations = "".join(
            f'<Relationship Id="{name}" Type="{_TYPES}/{name.rstrip("0123456789")}" Target="{name}.xml"/>'
            for name in parts
        )
        members = {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": (
                f'<Relationships><Relationship Id="d" Type="{_TYPES}/officeDocument" Target="/word/main.xml"/>'
                "</Relationships>"
            ),
            "word/main.xml": f"{head}<w:document {_NS}><w:body>{body}</w:body></w:document>",
            "word/_rels/main.xml.rels": f"<Relationships>{relations}</Relationships>",
        }
        return make_zip("a.docx", members | {f"word/{name}.xml": content for name, content in parts.items()})

    return make


def _p(text: str, properties: str = "", run: str = "") -> str:
    return (
        f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def _style(id_: str, name: str, inside: str = "") -> str:
    return f'<w:style w:type="paragraph" w:styleId="{id_}"><w:name w:val="{name}"/>{inside}</w:style>'


def _in_list(num_id: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num_id}"/></w:numPr>'


def test_headings_come_from_names_outline_levels_and_what_styles_are_based_on(make_docx: Make, texts_of: Texts) -> None:
    styles = f"<w:styles {_W}>" + _style("a", "标题 2") + _style("b", "Mine", '<w:basedOn w:val="a"/>')
    styles += _style("c", "heading 1") + _style("d", "Loop", '<w:basedOn w:val="d"/>') + "</w:styles>"
    body = (
        _p("One", '<w:pStyle w:val="c"/>')
        + _p("二", '<w:pStyle w:val="a"/>')
        + _p("Based", '<w:pStyle w:val="b"/>')
        + _p("Outline", '<w:outlineLvl w:val="3"/>')
        + _p("No heading", '<w:pStyle w:val="c"/><w:outlineLvl w:val="9"/>')
        + _p("Circle", '<w:pStyle w:val="d"/>')
    )
    assert texts_of(parse_docx(make_docx(body, styles=styles))) == [
        ("h1", "One"),
        ("h2", "二"),
        ("h2", "Based"),
        ("h4", "Outline"),
        ("paragraph", "No heading"),
        ("paragraph", "Circle"),
    ]


def test_lists_count_as_word_does(make_docx: Make, texts_of: Texts) -> None:
    levels = (
        '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1.（%2）"/></w:lvl>'
    )
    numbering = (
        f'<w:numbering {_W}><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
        '</w:lvlOverride></w:num><w:num w:numId="3"><w:abstractNumId w:val="8"/></w:num></w:numbering>'
    )
    body = "".join(
        _p(text, _in_list(num, level))
        for text, num, level in [
            ("a", 1, 0),
            ("b", 1, 1),
            ("c", 1, 1),
            ("d", 1, 0),
            ("e", 1, 1),
            ("f", 2, 0),
            ("g", 3, 0),
        ]
    )
    body += _p("h", _in_list(0)) + _p("i", _in_list(99))
    document = parse_docx(make_docx(body, numbering=numbering))
    assert texts_of(document) == [
        ("list_item", "3. a"),
        ("list_item", "3.（一） b"),
        ("list_item", "3.（二） c"),
        ("list_item", "4. d"),
        ("list_item", "4.（一） e"),
        ("list_item", "1. f"),
        ("list_item", "g"),
        ("paragraph", "h"),
        ("paragraph", "i"),
    ]
    assert document.text.startswith("3. a\n  3.（一） b\n  3.（二） c\n4. d")


def test_what_nobody_sees_is_not_read(make_docx: Make) -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r>'
        '<w:r><w:t>code</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>12</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = f"""<w:p><w:r><w:t xml:space="preserve">See page </w:t></w:r>{field}
        <w:del><w:r><w:delText>gone</w:delText><w:noBreakHyphen/></w:r></w:del><w:moveFrom><w:r><w:t>away</w:t></w:r></w:moveFrom>
        <w:ins><w:r><w:t>.</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>
        <w:r><w:commentReference w:id="1"/></w:r><w:r><w:ruby><w:rt><w:r><w:t>bīng</w:t></w:r></w:rt>
        <w:rubyBase><w:r><w:t>兵</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>"""
    assert parse_docx(make_docx(body)).text == "See page 12.兵"


def test_a_field_that_never_ends_hides_nothing_after_its_paragraph(make_docx: Make) -> None:
    body = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>' + _p("后面的文字还在。")
    assert parse_docx(make_docx(body)).text == "后面的文字还在。"


def test_a_text_box_is_read_once_and_a_note_after_its_paragraph(make_docx: Make) -> None:
    inner = f"<w:txbxContent>{_p('in the box')}</w:txbxContent>"
    box = (
        f"<mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{inner}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{inner}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    body = f'<w:p><w:r><w:t>正文</w:t></w:r><w:r>{box}</w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>' + _p(
        "after"
    )
    notes = (
        f'<w:footnotes {_W}><w:footnote w:id="1">{_p("rule")}</w:footnote>'
        f'<w:footnote w:id="2">{_p("a note")}</w:footnote></w:footnotes>'
    )
    assert parse_docx(make_docx(body, footnotes=notes)).text.split("\n\n") == ["正文", "in the box", "a note", "after"]


def test_pages_are_those_that_word_noted(make_docx: Make) -> None:
    broken = "<w:r><w:lastRenderedPageBreak/></w:r>"
    odd = '<w:sectPr><w:type w:val="oddPage"/></w:sectPr>'
    body = (
        _p("first")
        + f"<w:p>{broken}<w:r><w:t>second</w:t></w:r></w:p>"
        + _p("last of its section", "<w:sectPr/>")
        + f"<w:p>{broken}<w:r><w:t>第三节</w:t></w:r></w:p>{odd}"
    )
    pages = [block.page for block in parse_docx(make_docx(body)).blocks]
    assert pages == [1, 2, 2, 3]
    body = body.replace(_p("first"), _p("first") + f"<w:p>{broken}<w:r><w:t>more</w:t></w:r></w:p>")
    # The new section would begin on page 4 and leaves it blank.
    assert [block.page for block in parse_docx(make_docx(body)).blocks] == [1, 2, 3, 3, 5]


def test_without_noted_breaks_no_page_is_known(make_docx: Make) -> None:
    body = _p("a") + '<w:p><w:r><w:br w:type="page"/><w:t>b</w:t></w:r></w:p>'
    assert {block.page for block in parse_docx(make_docx(body)).blocks} == {None}


def _table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def _tc(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content if content.startswith('<') else _p(content)}</w:tc>"


def test_merged_cells_deleted_rows_and_inner_tables(make_docx: Make, texts_of: Texts) -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    table = _table(
        _tc("价目表", '<w:gridSpan w:val="3"/>'),
        _tc("Region") + _tc("City") + _tc("Fee"),
        _tc("华东", down) + _tc("上海") + _tc("9"),
        _tc("", on) + _tc("杭州") + _tc(_table(_tc("kg") + _tc("€"), _tc("1") + _tc("5")) + _p("")),
        "<w:trPr><w:del/></w:trPr>" + _tc("x") + _tc("y") + _tc("z"),
    )
    assert texts_of(parse_docx(make_docx(table)))[1:] == [
        ("table", "| Region | City | Fee |\n| --- | --- | --- |\n| 华东 | 上海 | 9 |\n| 华东 | 杭州 | kg, €; 1, 5 |")
    ]


def test_a_table_that_only_places_text_is_read_as_text(make_docx: Make, texts_of: Texts) -> None:
    table = _table(_tc(_p("Steps", '<w:outlineLvl w:val="0"/>') + _p("第一步")), _tc("") + _tc("second"))
    assert texts_of(parse_docx(make_docx(table))) == [("h1", "Steps"), ("paragraph", "第一步"), ("paragraph", "second")]


def test_monospaced_lines_are_one_listing(make_docx: Make, texts_of: Texts) -> None:
    mono = '<w:rFonts w:ascii="Consolas"/>'
    styles = f"<w:styles {_W}>{_style('k', 'Source Code')}</w:styles>"
    body = _p("if a:", run=mono) + _p("  b()", run=mono) + _p("说明") + _p("$ x", '<w:pStyle w:val="k"/>')
    assert texts_of(parse_docx(make_docx(body, styles=styles))) == [
        ("code", "if a:\n  b()"),
        ("paragraph", "说明"),
        ("code", "$ x"),
    ]


def test_powers_and_formulas_stay_on_one_line(make_docx: Make) -> None:
    power = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>'
    formula = (
        "<m:oMath><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
        "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>3</m:t></m:r></m:sup></m:sSup></m:oMath>"
    )
    body = f'<w:p><w:r><w:t>10</w:t></w:r>{power}<w:r><w:t xml:space="preserve"> 次 </w:t></w:r>{formula}</w:p>'
    assert parse_docx(make_docx(body)).text == "10^6 次 (a+b)/2x^3"


def test_headers_that_repeat_go_into_metadata_and_the_first_page_heads_the_text(make_docx: Make) -> None:
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="header1"/>'
        '<w:headerReference w:type="first" r:id="header2"/>'
        '<w:footerReference w:type="default" r:id="footer1"/><w:titlePg/></w:sectPr>'
    )
    document = parse_docx(
        make_docx(
            _p("正文") + section,
            header1=f"<w:hdr {_W}>{_p('ACME')}</w:hdr>",
            header2=f"<w:hdr {_W}>{_p('ACME')}{_p('SOP-12, version 3')}</w:hdr>",
            footer1=f"<w:ftr {_W}>{_p('7')}</w:ftr>",
        )
    )
    assert document.text == "SOP-12, version 3\n\n正文"
    assert document.metadata == {"page_header": "ACME"}


def test_diagrams_and_charts_are_read(make_docx: Make, texts_of: Texts) -> None:
    body = '<w:p><w:r><w:drawing><dgm:relIds r:dm="diagramData1"/></w:drawing></w:r></w:p>'
    body += '<w:p><w:r><w:drawing><c:chart r:id="chart1"/></w:drawing></w:r></w:p>'
    points = "<c:pt idx='0'><c:v>{}</c:v></c:pt>"
    chart = (
        f"<c:chartSpace {_NS}><c:chart><c:ser><c:tx>{points.format('Tickets')}</c:tx>"
        f"<c:cat>{points.format('一月')}</c:cat>"
        f"<c:val>{points.format('0.30000000000000004')}</c:val></c:ser></c:chart></c:chartSpace>"
    )
    diagram = (
        f"<dgm:dataModel {_NS}><dgm:pt><dgm:t><a:p><a:r><a:t>受理</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>"
    )
    assert texts_of(parse_docx(make_docx(body, chart1=chart, diagramData1=diagram))) == [
        ("paragraph", "受理"),
        ("table", "|  | Tickets |\n| --- | --- |\n| 一月 | 0.3 |"),
    ]


def test_the_strict_variant_of_the_format_is_read(make_zip: Make) -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    path = make_zip(
        "a.docx", {"word/document.xml": f'<w:document xmlns:w="{strict}"><w:body>{_p("严格")}</w:body></w:document>'}
    )
    assert parse_docx(path).text == "严格"


def test_entities_are_not_expanded(make_docx: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    head = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "{secret.as_uri()}">]>'
    document = parse_docx(make_docx(_p("seen &b; &f;") + _p("文"), head=head))
    assert "aaa" not in document.text
    assert "secret" not in document.text
    assert document.text.endswith("文")


def test_embedded_pages_damage_and_emptiness_are_told(make_docx: Make, make_zip: Make) -> None:
    with pytest.raises(ParseError, match="open it in Word") as caught:
        parse_docx(make_docx(_p("a") + '<w:altChunk r:id="x"/>'))
    assert caught.value.outcome is Outcome.UNSUPPORTED
    with pytest.raises(ParseError, match=r"its main part 'word/document\.xml' holds no document"):
        parse_docx(make_zip("b.docx", {"word/document.xml": "<x/>"}))
    with pytest.raises(ParseError, match="holds no text") as caught:
        parse_docx(make_docx(_p(" ")))
    assert caught.value.outcome is Outcome.EMPTY
