from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ParseError
from core.types import Outcome
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.html_parser import html_blocks, parse_html, parse_markdown

Texts = Callable[[Any], list[tuple[str, str]]]


@pytest.fixture
def blocks(tmp_path: Path, texts_of: Texts) -> Callable[[str], list[tuple[str, str]]]:
    def read(html: str) -> list[tuple[str, str]]:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        return texts_of(parse_html(path))

    return read


Blocks = Callable[[str], list[tuple[str, str]]]


def test_a_page_keeps_what_a_reader_sees(blocks: Blocks) -> None:
    assert blocks(
        "<nav>Menu</nav><main><h1>Limits</h1><p>The limit is -5&nbsp;°C.</p><details><summary>Why?</summary>"
        "Because <b>ice</b>.</details><p>Street 1<br>Town</p><figure><figcaption>A caption.</figcaption>"
    ) == [
        ("h1", "Limits"),
        ("paragraph", "The limit is -5 °C."),
        ("h2", "Why?"),
        ("paragraph", "Because ice."),
        ("paragraph", "Street 1\nTown"),
        ("paragraph", "A caption."),
    ]


def test_chinese_lines_join_without_a_space_but_not_in_code(blocks: Blocks) -> None:
    assert blocks("<p>退款<b>会在</b>\n三天内到账</p><pre>第一\n  第二</pre>") == [
        ("paragraph", "退款会在三天内到账"),
        ("code", "第一\n  第二"),
    ]


def test_lists_keep_their_numbers_and_nesting(blocks: Blocks) -> None:
    html = (
        "<ol start=3><li>One<ul><li>a</li><li>b</li></ul>after</li><li><p>P1</p><p>P2</p><pre>x\n y</pre>tail</li>"
        "<li value=9>Nine</li></ol><ol type=a><li>Alpha</li><li><h3>Head</h3>text</li></ol>"
    )
    assert blocks(html) == [
        ("list_item", "3. One"),
        ("list_item", "a"),
        ("list_item", "b"),
        ("paragraph", "after"),
        ("list_item", "4. P1\nP2"),
        ("code", "x\n y"),
        ("paragraph", "tail"),
        ("list_item", "9. Nine"),
        ("list_item", "a. Alpha"),
        ("h3", "Head"),
        ("paragraph", "text"),
    ]


def test_a_definition_is_an_item_and_a_question_heads_its_answer(blocks: Blocks) -> None:
    html = (
        "<h1>T</h1><dl><dt>座位</dt><dt>Seat</dt><dd>One person.</dd><div><dt>多久？</dt><dd>三天。</dd></div>"
        "<dt>Plan</dt><dd>A price.</dd></dl>"
    )
    assert blocks(html) == [
        ("h1", "T"),
        ("list_item", "座位\nSeat\nOne person."),
        ("h2", "多久？"),
        ("paragraph", "三天。"),
        ("list_item", "Plan\nA price."),
    ]


def test_cells_that_span_are_read_where_they_count(blocks: Blocks) -> None:
    html = (
        "<table><caption>Prices</caption><tfoot><tr><td>Sum</td><td>3</td><td>7</td></tr></tfoot><thead><tr>"
        "<th rowspan=2>套餐</th><th colspan=2>价格</th></tr><tr><th>月</th><th>年</th></tr></thead>"
        "<tr><td rowspan=0>Team</td><td>1</td><td>2</td></tr><tr><td>2</td><td>a|b</td></tr></table>"
    )
    assert blocks(html) == [
        ("paragraph", "Prices"),
        (
            "table",
            "| 套餐 | 价格 / 月 | 价格 / 年 |\n| --- | --- | --- |\n| Team | 1 | 2 |\n| Team | 2 | a\\|b |\n"
            "| Sum | 3 | 7 |",
        ),
    ]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><td>one</td></tr><tr><td>two</td></tr>", ["one", "two"]),
        ("<tr><td>left</td><td>right</td></tr>", ["left", "right"]),
        ("<tr><td><h2>a</h2></td><td>b</td></tr><tr><td>c</td><td>d</td></tr>", ["a", "b", "c", "d"]),
        ("<tr><td>a</td><td>b</td></tr>stray<tr><td>c</td><td>d</td></tr>", ["a", "b", "stray", "c", "d"]),
        ("<tr><td>1\n2</td><td><pre>x\ny</pre></td></tr><tr><td>c</td><td>d</td></tr>", ["1 2", "x\ny", "c", "d"]),
    ],
)
def test_a_table_that_only_places_things_is_read_as_what_it_holds(
    blocks: Blocks, table: str, expected: list[str]
) -> None:
    assert [text for _kind, text in blocks(f"<table>{table}</table>")] == expected


def test_a_span_of_millions_costs_no_memory(blocks: Blocks) -> None:
    cells = "<td colspan=99999 rowspan=99999>x</td>" * 50
    ((kind, text),) = blocks(f"<table>{f'<tr>{cells}</tr>' * 20}</table>")
    assert kind == "table"
    assert len(text) < 20_000_000


def test_powers_notes_pictures_and_readings_of_characters(blocks: Blocks) -> None:
    html = (
        "<p>10<sup>6</sup> files, H<sub>2</sub>O, word<sup><a href=#n>1</a></sup>, "
        "<ruby>汉<rp>(</rp><rt>hàn</rt><rp>)</rp>字</ruby>, <img src=a alt='架构图'><img src=b alt='IMG_1.png'>"
        " <del>9</del> 8</p>"
    )
    assert blocks(html) == [("paragraph", "10^6 files, H2O, word 1, 汉字, 架构图 8")]


def test_the_button_of_a_collapsed_answer_is_its_heading(blocks: Blocks) -> None:
    html = (
        "<h1>T</h1><h3><button aria-expanded=false>可以换货吗？</button></h3><div style='display:none'>可以。</div>"
        "<button aria-controls=x>How?</button><div hidden>So.</div><button>Send</button>"
        "<div role=heading aria-level=2>Two</div>"
    )
    assert blocks(html) == [
        ("h1", "T"),
        ("h3", "可以换货吗？"),
        ("paragraph", "可以。"),
        ("h4", "How?"),
        ("paragraph", "So."),
        ("h2", "Two"),
    ]


def test_what_surrounds_the_content_is_left_out(blocks: Blocks) -> None:
    html = (
        "<header>Logo</header><nav>Plans</nav><div class=breadcrumbs>Help</div><div id=cookie-banner>Cookies</div>"
        "<h1>Refunds</h1><p>Three days, paid to the card that you used.</p><a class=headerlink href=#x>¶</a>"
        "<div class=sidebar><a>Other</a> <a>pages</a></div><div class=sidebar>Call us at 555 on weekdays, 9 to 5.</div>"
        "<aside class=feedback>Was this helpful?</aside><script>x()</script><footer>© 2026</footer>"
    )
    assert [text for _kind, text in blocks(html)] == [
        "Refunds",
        "Three days, paid to the card that you used.",
        "Call us at 555 on weekdays, 9 to 5.",
    ]


def test_only_the_main_part_is_read_where_it_is_most_of_the_page_and_its_title_comes_along(blocks: Blocks) -> None:
    html = "<div>around</div><h1>Title</h1><div role=main><p>A long enough text of the page.</p></div><div>below</div>"
    assert blocks(html) == [("h1", "Title"), ("paragraph", "A long enough text of the page.")]


@pytest.mark.parametrize(
    "html",
    [
        "<body><div class=related><p>All of it.</p></div><p>x</p></body>",
        "<section id=cookie-consent><h2>Cookies</h2>All of it.</section><p>And a text that is longer than it.</p>",
        "<nav>All of it.</nav>",
        "<div class=no-gutter>All of it.</div>",
        "<main><footer>All of it.</footer> And a text that is longer than it.</main>",
    ],
)
def test_a_name_that_looks_like_boilerplate_costs_no_content(blocks: Blocks, html: str) -> None:
    assert "All of it." in "\n".join(text for _kind, text in blocks(html))


def test_what_only_a_script_would_show_is_read_once(blocks: Blocks) -> None:
    script = (
        '<script type="application/ld+json">{"@type": ["FAQPage"], "mainEntity": ['
        '{"@type": "Question", "name": "多久？", "acceptedAnswer": {"text": "<p>三<b>天</b></p>"}}, '
        '{"@type": "Question", "name": "Shown?", "acceptedAnswer": {"text": "Yes."}}, '
        '{"@type": "Question", "name": "No answer"}]}</script>'
    )
    assert blocks(f"{script}<h2>Shown?</h2><p>Yes.</p><script type='application/ld+json'>{{broken</script>") == [
        ("h2", "Shown?"),
        ("paragraph", "Yes."),
        ("h2", "多久？"),
        ("paragraph", "三天"),
    ]


def test_the_head_becomes_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        '<html lang="zh-cn"><head><title>退款 | 帮助</title><meta name="author" content="刘芳">'
        '<meta property="article:modified_time" content="2026-01-02"><meta name="csrf-token" content="secret">'
        '<script type="application/ld+json">{"author": {"name": "Other"}, "validThrough": "2026-12-31"}</script>'
        "</head><body><h2>运费</h2><p>三天内到账。</p>",
        encoding="utf-8",
    )
    document = parse_html(path)
    assert document.title == "退款 | 帮助"
    assert document.metadata == {
        "title": "退款 | 帮助",
        "author": "Other",
        "modified": "2026-01-02",
        "language": "zh-CN",
        "valid_until": "2026-12-31",
    }


def test_a_language_that_the_text_contradicts_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html lang=en><p>退款会在三天内到账。", encoding="utf-8")
    assert "language" not in parse_html(path).metadata


def test_a_title_that_closes_itself_does_not_swallow_the_page(blocks: Blocks) -> None:
    html = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><p>Text</p></body>'
    )
    assert blocks(html) == [("paragraph", "Text")]


def test_a_page_without_text_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html><body><script>app()</script><div id=app></div></body></html>")
    with pytest.raises(ParseError, match="shows no text") as caught:
        parse_html(path)
    assert caught.value.outcome is Outcome.EMPTY


def test_markdown_gives_headings_lists_tables_and_code(tmp_path: Path, texts_of: Texts) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\ntitle: 退款说明\nproduct: Gate\n有效期至: 2026年12月31日\n---\n# Refunds\n\n"
        "Within **three** days.\nReally.[^1]\n\n"
        "步骤\n---\n\n1. 打开 `Billing`\n2. 点击\n   - -v means verbose\n\n"
        "| Plan | Days |\n|---|---|\n| Team | 3 |\n\n```sh\ncurl \\\n  -X POST\n```\n\n"
        "Term\n: Meaning\n\n[^1]: Note.\n",
        encoding="utf-8",
    )
    document = parse_markdown(path)
    assert document.title == "退款说明"
    assert document.metadata == {"title": "退款说明", "product": "Gate", "valid_until": "2026-12-31"}
    assert texts_of(document) == [
        ("h1", "Refunds"),
        ("paragraph", "Within three days. Really. [1]"),
        ("h2", "步骤"),
        ("list_item", "1. 打开 Billing"),
        ("list_item", "2. 点击"),
        ("list_item", "-v means verbose"),
        ("table", "| Plan | Days |\n| --- | --- |\n| Team | 3 |"),
        ("code", "curl \\\n  -X POST"),
        ("list_item", "Term\nMeaning"),
        ("list_item", "1. Note."),
    ]


TAGS = "p div ul ol li table tr td th h2 b span dl dt dd pre blockquote details summary section a caption br".split()


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Tags in any order, closed or not, between words; every word occurs once."""
    parts, words = [], []
    for number in range(draw(st.integers(1, 25))):
        for tag in draw(st.lists(st.sampled_from(TAGS), max_size=3)):
            parts.append(f"</{tag}>" if draw(st.booleans()) else f"<{tag}>")
        words.append(draw(st.sampled_from(["word", "词"])) + str(number))
        parts.append(f" {words[-1]} ")
    return "".join(parts), words


@given(pages())
def test_no_word_is_lost_in_any_broken_page(page: tuple[str, list[str]]) -> None:
    html, words = page
    builder = DocumentBuilder()
    html_blocks(builder, html)
    found = builder.text.replace("|", " ").split()
    assert [word for word in words if word not in found] == []
