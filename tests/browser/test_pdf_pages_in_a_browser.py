"""PDF pages beside an answer: the picture with the quote's place, and the text where no picture can be had."""

import shutil
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from parsing_here import parser_in
from waiting import until

from core.settings import IngestSettings
from ingest import run

DOCUMENTS = Path(__file__).parents[2] / "data" / "sample" / "documents"
QUOTE = "赔付以代金券形式发放"


@pytest.fixture
def agreement(desk, tmp_path, monkeypatch):
    """The address of a PDF of three pages, its quote marked; and the file."""
    shutil.copy(DOCUMENTS / "zh" / "法务" / "中国区服务等级协议.pdf", tmp_path / "协议.pdf")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(run, "parse_all", parser_in(scratch))
    settings = IngestSettings(workers=1, token_vectors=False)
    run.Ingestion(desk.catalog, FakeEmbedder(), settings).run([tmp_path / "协议.pdf"], "default")
    identity = desk.catalog.identity("default", "协议.pdf")
    start = desk.catalog.document(identity).text.index(QUOTE)
    yield f"/document?id={identity}&at={start}-{start + len(QUOTE)}", tmp_path / "协议.pdf"
    desk.catalog.delete_sources("default", ["协议.pdf"])


def is_drawn(tab):
    tab.wait_for_selector(".page-sheet:not([aria-busy]) canvas[aria-label]", timeout=20_000)
    ink = """() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let dark = 0;
      for (let at = 0; at < data.length; at += 4) dark += data[at] < 128 ? 1 : 0;
      return dark;
    }"""
    return tab.evaluate(ink) > 500


@pytest.mark.parametrize(
    ("language", "where", "text"), [("en-GB", "Page 1 of 3", "Text"), ("zh-CN", "第 1 页，共 3 页", "文本")]
)
def test_the_page_of_a_quote_is_shown_with_its_place_and_the_text_is_one_click_away(
    opened, agreement, language, where, text
):
    tab = opened(agreement[0], language=language, width=900)
    assert is_drawn(tab)
    assert tab.locator(".page-turn").inner_text() == where
    box, sheet = tab.locator(".page-box").bounding_box(), tab.locator(".page-sheet").bounding_box()
    assert sheet["x"] < box["x"] < box["x"] + box["width"] < sheet["x"] + sheet["width"]
    until(lambda: tab.evaluate("document.querySelector('.page-box').getBoundingClientRect().top < innerHeight"))
    assert not tab.locator("mark").is_visible()

    tab.get_by_role("button", name=text, exact=True).click()

    assert tab.locator("mark").text_content() == QUOTE
    assert not tab.locator("canvas").is_visible()


def test_a_page_as_a_picture_breaks_no_rule_of_accessibility(opened, agreement, axe):
    tab = opened(agreement[0], width=360, scheme="dark")
    assert is_drawn(tab)
    tab.evaluate(f"() => {{ {axe} }}")
    assert tab.evaluate("axe.run().then(result => result.violations.map(v => [v.impact, v.id]))") == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_pages_are_turned_by_the_keyboard_and_end_with_the_last(opened, agreement):
    tab = opened(agreement[0], width=700)
    assert is_drawn(tab)
    for page in (2, 3):
        tab.get_by_role("button", name="Next page").press("Enter")
        tab.wait_for_selector(f"canvas[aria-label^='Page {page} ']")
    assert tab.get_by_role("button", name="Next page").is_disabled()
    assert tab.locator(".page-box").count() == 0
    assert tab.locator(".page-figure [role=status]").inner_text() == ""


def test_where_the_file_is_gone_the_text_is_shown_and_it_is_said(opened, agreement):
    address, file = agreement
    tab = opened(address)
    assert is_drawn(tab)
    file.unlink()
    tab.get_by_role("button", name="Next page").click()
    tab.get_by_text("The file of this document is not kept").wait_for()

    assert tab.locator("mark").text_content() == QUOTE
    assert not tab.locator("canvas").is_visible()
    assert tab.get_by_role("button", name="Page", exact=True).is_disabled()
    (refused,) = opened.heard
    assert "404" in refused
    opened.heard.clear()
