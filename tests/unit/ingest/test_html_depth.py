import email.message
import time
from pathlib import Path

import pytest

from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.email_parser import parse_eml
from ingest.parsers.html_depth import MAX_DEPTH, flattened, is_too_deep
from ingest.parsers.html_parser import html_blocks, parse_markdown
from ingest.parsers.html_tree import load


def nested(tags: list[str], times: int) -> str:
    opening = "".join(f"<{tag}>" for tag in tags) * times
    closing = "".join(f"</{tag}>" for tag in reversed(tags)) * times
    return f"<p>before</p>{opening}<p>里面</p>{closing}<p>after</p>"


def text_of(html: str) -> str:
    builder = DocumentBuilder()
    html_blocks(builder, html)
    return " ".join(builder.text.split())


@pytest.mark.parametrize("tags", [["div"], ["b"], ["ul", "li"], ["table", "tr", "td"], ["dl", "dd", "div"], ["x-y"]])
@pytest.mark.parametrize("levels", [260, 3_000])
def test_no_text_is_lost_in_a_page_nested_deeper_than_a_parser_follows(tags: list[str], levels: int) -> None:
    assert text_of(nested(tags, levels // len(tags))) == "before 里面 after"


def test_fifty_thousand_levels_and_line_breaks_take_seconds() -> None:
    began = time.process_time()
    assert text_of(nested(["div"], 50_000) + "<br>" * 50_000 + "end") == "before 里面 after end"
    assert time.process_time() - began < 10


def test_a_page_of_ordinary_depth_keeps_every_tag() -> None:
    assert len(load(nested(["section"], 150)).findall(".//section")) == 150


def test_no_tree_is_deeper_than_the_limit() -> None:
    assert not is_too_deep(load(nested(["div"], MAX_DEPTH + 1)))


def test_a_block_too_deep_leaves_a_line_break_and_an_emphasis_nothing() -> None:
    assert flattened("<div><DIV>a<b>b</b></DIV></div><p>c</p></i>", 1) == "<div><br>ab<br></div><p>c</p></i>"


def test_deep_markdown_and_mail_go_the_same_way(tmp_path: Path) -> None:
    markdown = tmp_path / "deep.md"
    markdown.write_text(f"Intro\n\n{nested(['div'], 260)}\n")
    assert parse_markdown(markdown).text.split() == ["Intro", "before", "里面", "after"]
    message = email.message.EmailMessage()
    message["Subject"] = "Deep"
    message.set_content(nested(["div"], 260), subtype="html", cte="base64")
    mail = tmp_path / "deep.eml"
    mail.write_bytes(message.as_bytes())
    assert parse_eml(mail).text.split() == ["Deep", "before", "里面", "after"]
