import re
import string
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from evaluation_files import answer_line, query_line, write_lines, write_run
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from core.errors import InvalidInput
from eval.report import page as report_page
from eval.report.build import build_report
from eval.report.labels import LABELS
from eval.report.page import escape_markdown, html_page, markdown_page, number

HOSTILE = "<script>alert('退款')</script> & \"quotes\" | $x$"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name, gain in (("before", 0.0), ("after", 0.3)):
        lines = [
            query_line(stage, f"{kind}{n}", min(1.0, n / 10 + gain), query=f"{HOSTILE} {n}", tags=[HOSTILE])
            for stage in ("lexical", "rerank")
            for kind in "qz"
            for n in range(9)
        ]
        write_run(folder / name, lines, rankings={"q0": ["<b>", "b"]}, dataset="support <i>")
    answers = [
        answer_line(
            "q1", text=HOSTILE, question=HOSTILE, citations=[{"source": "<u>", "quote": HOSTILE, "exact": False}]
        ),
        answer_line("z1", status="insufficient_evidence", probability=0.2, reference=HOSTILE),
        answer_line("z2", status="insufficient_evidence", probability=0.1, answerable=False, gold=[]),
    ]
    path = write_lines(folder / "extractive.jsonl", answers)
    runs = [folder / "before", folder / "after"]
    return build_report(runs, [path], compared=[str(run) for run in runs])


@pytest.fixture(scope="module")
def pages(report):
    return {language: html_page(report, language) for language in ("en", "zh")}


@pytest.fixture(scope="module", params=["en", "zh"])
def page(pages, request):
    return pages[request.param]


@pytest.fixture(scope="module")
def tree(page):
    return html.document_fromstring(page.encode())


def test_the_page_needs_nothing_but_itself(page, tree):
    assert tree.xpath("//script | //link | //img | //iframe | //object | //form") == []
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*|url\((?!#)|@import", page) == []
    [policy] = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_a_query_that_looks_like_markup_stays_text(page, tree):
    assert HOSTILE in "".join(tree.itertext())
    assert "alert" not in "".join(tree.xpath("//@*[name() != 'aria-label']"))
    assert tree.xpath("//main//script | //main//u | //main//i") == []


def test_every_table_has_a_caption_and_every_heading_a_scope(tree):
    assert len(tree.xpath("//table")) > 20
    assert tree.xpath("//table[not(caption[normalize-space()])]") == []
    assert tree.xpath("//th[not(@scope)]") == []
    widths = [[len(row) for row in table.xpath(".//tr")] for table in tree.xpath("//table")]
    assert [each for each in widths if len(set(each)) > 1] == []


def test_headings_step_down_one_at_a_time_and_links_lead_somewhere(tree):
    levels = [int(heading.tag[1]) for heading in tree.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = Counter(tree.xpath("//@id"))
    assert [id_ for id_, count in ids.items() if count > 1] == []
    assert [link for link in tree.xpath("//a/@href") if link.removeprefix("#") not in ids] == []


def test_every_chart_is_there_and_what_scrolls_can_be_reached_by_keyboard(tree):
    # Comparison, then intervals, distribution and latency of two runs, then risk, reliability and latency of answers.
    assert len(tree.xpath("//figure//*[local-name() = 'svg']")) == 1 + 2 * 3 + 3
    assert tree.xpath("//*[@class = 'scroll'][not(@tabindex = '0' and @role = 'region' and @aria-label)]") == []


def test_the_summary_gives_the_best_stage_with_its_interval(pages):
    tree = html.document_fromstring(pages["en"])
    summary = " ".join("".join(tree.get_element_by_id("summary").itertext()).split())
    # Queries score 0, .1, ... .8, and .3 to 1 (the last two of them 1 alike) after the change.
    assert "nDCG@10 0.400 [" in summary
    assert "nDCG@10 0.689 [" in summary


def test_labels_are_in_the_language_of_the_page(pages):
    english, chinese = pages["en"], pages["zh"]
    assert '<html lang="en">' in english
    assert '<html lang="zh-Hans">' in chinese
    headings = html.document_fromstring(chinese.encode()).xpath("//h2/text() | //h3/text() | //summary/text()")
    assert [each for each in headings if each.strip() and not re.search("[一-鿿]", each) and "→" not in each] == []


def test_every_label_exists_in_both_languages_and_is_used():
    templates = [path.read_text() for path in report_page._TEMPLATES.glob("*.j2")]
    source = "".join([*templates, Path(report_page.__file__).read_text()])
    for name, (english, chinese) in LABELS.items():
        assert english.isascii(), name
        assert not chinese.isascii(), name
        dynamic = name.startswith(("figure_", "fault_")) or name in {"language", "tag"}
        assert dynamic or re.search(rf"\bt\.{name}\b|\"{name}\"", source), f"label {name!r} is used nowhere"


def test_equal_reports_give_equal_pages(report, pages):
    assert html_page(report) == pages["en"]


def test_markdown_tables_hold_as_many_cells_as_their_heads(report):
    rendered = MarkdownIt().enable("table").render(markdown_page(report, "zh"))
    tree = html.fragment_fromstring(rendered, create_parent="div")
    tables = tree.xpath(".//table")
    assert len(tables) == 2 + 2 * 2 + 1
    assert all(len({len(row) for row in table.xpath(".//tr")}) == 1 for table in tables)
    assert "<script>" not in rendered
    assert HOSTILE in "".join(tree.itertext())


# Control characters are no text, and a space at the end of a cell is no part of it.
@given(st.text(st.characters(exclude_categories=["C"], include_characters=string.printable[:95]), max_size=40))
def test_escaped_markdown_says_what_was_written(text):
    rendered = MarkdownIt().enable("table").render(f"| x |\n|---|\n| {escape_markdown(text)} |\n")
    [cell] = html.fragment_fromstring(rendered, create_parent="div").xpath(".//td")
    assert len(cell) == 0
    assert " ".join((cell.text or "").split()) == " ".join(text.split())


def test_a_value_that_is_not_defined_is_a_dash():
    assert [number(None), number(0.12345), number(12.34, 1)] == ["–", "0.123", "12.3"]


def test_five_thousand_queries_fit_into_two_megabytes(tmp_path):
    long = "How do I get a refund for the annual plan? 年付套餐怎么退款？" * 30
    lines = [query_line("rerank", f"q{n}", n / 5_000, query=long) for n in range(5_000)]
    rankings = {f"q{n}": [f"document-{m}" for m in range(10)] for n in range(60)}
    page = html_page(build_report([write_run(tmp_path / "run", lines, rankings=rankings)]))
    assert len(page.encode()) < 1_000_000
    assert page.count("<details>") == 50 + 2


def test_nothing_to_report_is_refused():
    with pytest.raises(InvalidInput, match="nothing to report"):
        build_report([])


def test_a_set_that_no_run_was_measured_on_is_refused(tmp_path, write_set):
    run = write_run(tmp_path / "run", [query_line("dense", "q1", 1.0)])
    with pytest.raises(InvalidInput, match="no run was measured on 'set'"):
        build_report([run], sets=[write_set()])


def test_runs_of_the_same_folder_name_are_told_apart(tmp_path):
    runs = [write_run(tmp_path / name / "out", [query_line("dense", "q1", 1.0)]) for name in ("a", "b")]
    assert [part.run.name for part in build_report(runs).retrieval] == [str(run) for run in runs]
