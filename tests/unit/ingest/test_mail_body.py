import pytest

from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.mail_body import add_body


def read(text: str, *, is_html: bool = False) -> list[tuple[str, str]]:
    builder = DocumentBuilder()
    add_body(builder, text, is_html=is_html)
    document = builder.build(title="", parser="")
    return [
        (f"h{block.level}" if block.level else block.kind.value, block.span.of(document.text))
        for block in document.blocks
    ]


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, 13 Apr 2026 at 18:22, Jo <jo@client.example> wrote:",
        "在 2026年3月1日 10:20，王小明 <wang@client.example> 写道：",
        "-----Original Message-----",
        "-------- 原始邮件 --------",
    ],
)
def test_what_introduces_a_quoted_message_heads_it(line: str) -> None:
    assert read(f"好的。\n\n{line}\n> 第一行\n>\n> - a\n> - b\n\nRegards") == [
        ("paragraph", "好的。"),
        ("h2", line),
        ("paragraph", "第一行"),
        ("list_item", "a"),
        ("list_item", "b"),
        ("paragraph", "Regards"),
    ]


def test_an_introduction_that_is_wrapped_is_one_heading() -> None:
    assert read("Yes.\n\nOn Mon, 13 Apr 2026 at 18:22, Jo Lindqvist\n<jo@client.example> wrote:\n> No?\n") == [
        ("paragraph", "Yes."),
        ("h2", "On Mon, 13 Apr 2026 at 18:22, Jo Lindqvist <jo@client.example> wrote:"),
        ("paragraph", "No?"),
    ]


def test_a_reply_between_the_lines_keeps_the_marks() -> None:
    assert read("> How long?\nThree days.\n> 多久？\n三天。\n") == [
        ("paragraph", "> How long?"),
        ("paragraph", "Three days."),
        ("paragraph", "> 多久？"),
        ("paragraph", "三天。"),
    ]


def test_the_headers_of_a_forwarded_message_begin_a_section() -> None:
    html = "<p>See below</p><h1>Note</h1>"
    html += "<p>From: Jo<br>Sent: Monday<br>To: Ana<br>Subject: R7</p><p>No signal</p><p>--</p>"
    assert read(html, is_html=True) == [
        ("paragraph", "See below"),
        ("h2", "Note"),
        ("h2", "From: Jo"),
        ("paragraph", "Sent: Monday\nTo: Ana\nSubject: R7"),
        ("paragraph", "No signal"),
    ]


def test_two_lines_with_colons_are_no_headers() -> None:
    assert read("To: the team\nFrom: 9:00 on\n") == [("paragraph", "To: the team\nFrom: 9:00 on")]
