import pytest

from ingest.parsers.markdown import split_front_matter, to_html


def test_front_matter_becomes_metadata_and_values_stay_as_written() -> None:
    text = '---\ntitle: "退款: 政策"\nversion: 1.10\nvalid_from: 2026-01-01\nproduct: [Gate, Desktop]\n---\n# 退款\n'
    metadata, body = split_front_matter(text)
    assert metadata == {
        "title": "退款: 政策",
        "version": "1.10",
        "valid_from": "2026-01-01",
        "product": "Gate, Desktop",
    }
    assert body == "# 退款\n"


@pytest.mark.parametrize(
    "text", ["# Title\n\n---\n\ntext\n", "---\nA rule above, prose here\n---\n", "---\na: [\n---\nx"]
)
def test_what_is_no_front_matter_stays_text(text: str) -> None:
    assert split_front_matter(text) == ({}, text)


def test_an_empty_block_is_taken_away() -> None:
    assert split_front_matter("---\n---\ntext") == ({}, "text")


def test_placeholders_are_text_and_known_tags_are_markup() -> None:
    assert to_html("Send <TOKEN> in<br>one line") == "<p>Send &lt;TOKEN> in<br>one line</p>\n"


def test_code_inside_a_list_item_stays_code() -> None:
    html = to_html("1. Run\n\n   ```\n   a  b\n   ```\n2. Stop\n")
    assert "<pre><code>a  b\n</code></pre>" in html
    assert html.count("<li>") == 2
