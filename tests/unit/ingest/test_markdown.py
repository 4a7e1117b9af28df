import pytest

from ingest.parsers.markdown import to_html


def test_placeholders_are_text_and_known_tags_are_markup() -> None:
    assert to_html("Send <TOKEN> in<br>one line") == "<p>Send &lt;TOKEN> in<br>one line</p>\n"


def test_code_inside_a_list_item_stays_code() -> None:
    html = to_html("1. Run\n\n   ```\n   a  b\n   ```\n2. Stop\n")
    assert "<pre><code>a  b\n</code></pre>" in html
    assert html.count("<li>") == 2


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**注意：**请先备份", "<p><strong>注意：</strong>请先备份</p>\n"),
        ("请看**“设置”**页", "<p>请看<strong>“设置”</strong>页</p>\n"),
        ("**bold**, 3*4*5", "<p><strong>bold</strong>, 3<em>4</em>5</p>\n"),
    ],
)
def test_emphasis_ends_after_a_chinese_mark(text: str, html: str) -> None:
    assert to_html(text) == html


def test_the_id_of_a_heading_is_no_part_of_it() -> None:
    assert to_html("## 退款 {#refund}\n") == "<h2>退款</h2>\n"


def test_a_row_with_more_cells_than_its_header_keeps_them() -> None:
    html = to_html("| a | b |\n|---|---|\n| `x|y` | 1 | 额外 |\n")
    assert "<code>x|y</code>" in html
    assert "<td>额外</td>" in html


def test_a_table_in_a_block_of_code_is_left_alone() -> None:
    assert "| a | b |\n|---|---|\n| `x|y` | 1 | 2 |" in to_html("```\n| a | b |\n|---|---|\n| `x|y` | 1 | 2 |\n```\n")
