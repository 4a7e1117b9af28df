"""The report as a person opens it: from disk, in both schemes, wide and narrow, on paper."""

from pathlib import Path

import pytest
from evaluation_files import answer_line, query_line, write_lines, write_run

from eval.report.build import build_report
from eval.report.page import html_page

# Text against what is painted behind it, by the formula of WCAG 2.2; texts of closed parts have no box.
CONTRASTS = """() => {
  const parse = color => (color.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement, box = node.getBoundingClientRect();
    if (!walk.currentNode.data.trim() || !box.width || !box.height) continue;
    const style = getComputedStyle(node), ink = parse(node.closest('svg') ? style.fill : style.color);
    const [low, high] = [light(ink), light(behind(node))].sort((a, b) => a - b);
    found.push([(high + .05) / (low + .05), walk.currentNode.data.trim()]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name, gain in (("before", 0.0), ("after", 0.3)):
        lines = [
            query_line(stage, f"{kind}{n}", min(1.0, n / 10 + gain), tags=["a-very-long-tag-without-any-space" * 3])
            for stage in ("lexical", "dense", "hybrid", "rerank")
            for kind in "qz"
            for n in range(8)
        ]
        write_run(folder / name, lines, rankings={"q0": ["x" * 90]})
    lines = [answer_line("q1"), answer_line("z1", status="insufficient_evidence", probability=0.2), answer_line("q2")]
    answers = write_lines(folder / "answers.jsonl", lines)
    runs = [folder / "before", folder / "after"]
    report = build_report(runs, [answers], compared=[str(run) for run in runs])
    pages = {language: folder / f"{language}.html" for language in ("en", "zh")}
    for language, path in pages.items():
        path.write_text(html_page(report, language), encoding="utf-8")
    return pages


@pytest.fixture
def opened(browser):
    """Open a file in a tab that hears what the page says and asks for; both must be nothing."""
    tabs, heard = [], []

    def open_(path: Path, *, width: int = 1280, scheme: str = "light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tabs.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: heard.append(message.text))
        tab.on("pageerror", lambda error: heard.append(str(error)))
        tab.on("request", lambda request: heard.append(request.url) if request.url != path.as_uri() else None)
        tab.goto(path.as_uri())
        return tab

    yield open_
    for tab in tabs:
        tab.close()
    assert heard == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_headings_and_charts_are_seen(page, opened, language):
    tab = opened(page[language])
    assert tab.locator("h1").inner_text() == {"en": "Evaluation report", "zh": "评测报告"}[language]
    charts = tab.locator("figure svg")
    assert charts.count() == 1 + 2 * 3 + 3
    for number in range(charts.count()):
        box = charts.nth(number).bounding_box()
        assert box["width"] > 250
        assert box["height"] > 80
    marks = tab.locator("figure svg :is(path, use)").evaluate_all(
        "all => all.filter(mark => mark.getBoundingClientRect().width).length"
    )
    assert marks > 100


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_never_wider_than_the_window(page, opened, width):
    tab = opened(page["en"], width=width)
    tab.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page, opened, scheme):
    tab = opened(page["zh"], scheme=scheme)
    tab.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    contrasts = tab.evaluate(CONTRASTS)
    assert len(contrasts) > 300
    assert [(round(ratio, 2), text) for ratio, text in contrasts if ratio < 4.5] == []
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")


def test_the_keyboard_reaches_the_summary_the_tables_and_the_long_parts(page, opened):
    tab = opened(page["en"])
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.locator(".skip").bounding_box()["x"] >= 0
    tab.locator("summary").first.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("details").first.get_attribute("open") is not None


def test_paper_gets_dark_ink_on_white_without_the_contents(page, opened):
    tab = opened(page["en"], scheme="dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not tab.locator("nav").is_visible()
