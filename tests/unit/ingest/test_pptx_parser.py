from collections.abc import Callable
from pathlib import Path
from typing import Any

import pptx
import pytest
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from core.errors import ParseError
from ingest.parsers.pptx_parser import parse_pptx

Texts = Callable[[Any], list[tuple[str, str]]]
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_TITLE_AND_TEXT, _TITLE_ONLY, _BLANK = 1, 5, 6


def _saved(deck: Any, tmp_path: Path) -> Path:
    path = tmp_path / "a.pptx"
    deck.save(str(path))
    return path


def _slide(deck: Any, layout: int, title: str = "") -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        slide.shapes.title.text = title
    return slide


def _box(shapes: Any, left: float, top: float, text: str) -> Any:
    box = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5))
    box.text_frame.text = text
    return box


def test_a_slide_is_a_page_headed_by_its_title_with_its_notes_at_the_end(tmp_path: Path, texts_of: Texts) -> None:
    deck = pptx.Presentation()
    slide = _slide(deck, _TITLE_AND_TEXT, "新网关")
    slide.placeholders[1].text = "三月发布。"
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    _slide(deck, _TITLE_ONLY, "Prices")
    document = parse_pptx(_saved(deck, tmp_path))
    assert texts_of(document) == [
        ("h1", "新网关"),
        ("list_item", "三月发布。"),
        ("paragraph", "Say it slowly."),
        ("h1", "Prices"),
    ]
    assert [block.page for block in document.blocks] == [1, 1, 1, 2]


def test_a_slide_without_a_title_is_headed_by_its_first_line(tmp_path: Path, texts_of: Texts) -> None:
    deck = pptx.Presentation()
    slide = _slide(deck, _BLANK)
    _box(slide.shapes, 1, 3, "below")
    _box(slide.shapes, 1, 1, "上面")
    _box(_slide(deck, _BLANK).shapes, 1, 1, "x" * 101)
    assert texts_of(parse_pptx(_saved(deck, tmp_path))) == [
        ("h1", "上面"),
        ("paragraph", "below"),
        ("paragraph", "x" * 101),
    ]


def test_shapes_are_read_where_they_stand_and_groups_whole(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = _slide(deck, _TITLE_ONLY, "t")
    _box(slide.shapes, 5, 5, "最后")
    group = slide.shapes.add_group_shape()
    _box(group.shapes, 6, 2, "b")
    _box(group.shapes, 3, 2, "a")
    _box(slide.shapes, 0.5, 2.1, "first")
    assert parse_pptx(_saved(deck, tmp_path)).text.split("\n\n") == ["t", "first", "a", "b", "最后"]


def test_bullets_are_inherited_numbered_and_switched_off(tmp_path: Path, texts_of: Texts) -> None:
    deck = pptx.Presentation()
    frame = _slide(deck, _TITLE_AND_TEXT, "t").placeholders[1].text_frame
    marks = [("one", "arabicPeriod"), ("two", "arabicPeriod"), ("三", "ea1ChsPeriod"), ("plain", None), ("dot", "")]
    for number, (text, scheme) in enumerate(marks):
        paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
        paragraph.text = text
        if scheme != "":
            kind = etree.SubElement(paragraph._p.get_or_add_pPr(), _A + ("buAutoNum" if scheme else "buNone"))
            kind.set("type", scheme or "")
            kind.set("startAt", "4")
    assert texts_of(parse_pptx(_saved(deck, tmp_path)))[1:] == [
        ("list_item", "4. one"),
        ("list_item", "5. two"),
        ("list_item", "四. 三"),
        ("paragraph", "plain"),
        ("list_item", "dot"),
    ]


def test_merged_cells_and_charts_become_rows(tmp_path: Path, texts_of: Texts) -> None:
    deck = pptx.Presentation()
    slide = _slide(deck, _TITLE_ONLY, "t")
    table = slide.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for place, text in enumerate(["型号", "Price", "Gate", "€9", "", "9 zł"]):
        table.cell(place // 2, place % 2).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    data = CategoryChartData()
    data.categories = ["一月"]
    data.add_series("Tickets", (14.5,))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.PIE, Inches(1), Inches(4), Inches(4), Inches(2), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Monthly"
    assert texts_of(parse_pptx(_saved(deck, tmp_path)))[1:] == [
        ("table", "| 型号 | Price |\n| --- | --- |\n| Gate | €9 |\n| Gate | 9 zł |"),
        ("paragraph", "Monthly"),
        ("table", "|  | Tickets |\n| --- | --- |\n| 一月 | 14.5 |"),
    ]


def test_powers_stay_powers(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    paragraph = _box(_slide(deck, _TITLE_ONLY, "t").shapes, 1, 3, "10").text_frame.paragraphs[0]
    run = paragraph.add_run()
    run.text = "6"
    run._r.get_or_add_rPr().set("baseline", "30000")
    paragraph.add_run().text = " 次"
    assert parse_pptx(_saved(deck, tmp_path)).text == "t\n\n10^6 次"


def test_hidden_slides_are_named_and_not_read(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    _slide(deck, _TITLE_ONLY, "shown")
    _slide(deck, _TITLE_ONLY, "备用")._element.set("show", "0")
    document = parse_pptx(_saved(deck, tmp_path))
    assert document.text == "shown"
    assert document.metadata["hidden_slides"] == "2"


def test_a_deck_of_pictures_is_empty(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    _slide(deck, _BLANK)
    with pytest.raises(ParseError, match="no visible slide holds text"):
        parse_pptx(_saved(deck, tmp_path))
