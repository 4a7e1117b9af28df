"""The body of a mail: what its author wrote, and the messages quoted below it, each under a heading of its own.

Nothing is dropped: a quoted answer may be the only copy of it, and a signature tells whom to call.
"""

import re
from collections.abc import Iterator

from core.types import BlockKind
from ingest.parsers.builder import DocumentBuilder, clean
from ingest.parsers.html_parser import html_blocks
from ingest.parsers.text_parser import text_blocks

_QUOTE_LEVEL = 2
_ATTRIBUTION = re.compile(
    r"(?:On\b.{5,200}\bwrote|Am\b.{5,200}\bschrieb\b.{0,100}|在.{4,200}写道|于.{4,200}写道|.{4,200}寫道|"
    r"\S.{1,100}<\S+@\S+>\s*(?:wrote|写道))"
    r"\s*[:：]|-{2,}\s*(?:Original Message|Forwarded message|Original-Nachricht|原始邮件|原始郵件|转发邮件|轉寄郵件|"
    r"转发的邮件)\s*-{2,}|Begin forwarded message:",
    re.IGNORECASE | re.DOTALL,
)
_HEADER_LINE = re.compile(
    r"\W{0,3}(?:From|Sent|To|Cc|Date|Subject|Von|Gesendet|An|Betreff|发件人|发送时间|收件人|抄送|主题|"
    r"日期|寄件者|寄件日期|收件者|主旨)"
    r"\W{0,3}\s?[:：]",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^[ \t]?>[ \t]?")
_SEPARATOR = re.compile(r"[-_=*\s]{2,}")


def add_body(builder: DocumentBuilder, text: str, *, is_html: bool) -> None:
    """Append one body. Its headings stand below the subject; what introduces a quoted message heads it."""
    body = DocumentBuilder()
    if is_html:
        html_blocks(body, text)
    else:
        for part in _unquoted(clean(text)):
            text_blocks(body, part)
    if not body.text:
        return
    read = body.build(title="", parser="")
    for block in read.blocks:
        content = block.span.of(read.text)
        if block.kind is BlockKind.HEADING:
            builder.add(block.kind, content, level=block.level + 1)
        elif block.kind is BlockKind.PARAGRAPH:
            _add_paragraph(builder, content)
        else:
            builder.add(block.kind, content)


def _add_paragraph(builder: DocumentBuilder, text: str) -> None:
    if _SEPARATOR.fullmatch(text):
        return
    first, _, rest = text.partition("\n")
    headers = [bool(_HEADER_LINE.match(line)) for line in text.split("\n")]
    if _ATTRIBUTION.fullmatch(text.strip("- ")) or _ATTRIBUTION.fullmatch(text):
        builder.add(BlockKind.HEADING, text, level=_QUOTE_LEVEL)
    elif _ATTRIBUTION.fullmatch(first) or (headers[0] and sum(headers) >= 3):
        builder.add(BlockKind.HEADING, first, level=_QUOTE_LEVEL)
        builder.add(BlockKind.PARAGRAPH, rest)
    else:
        builder.add(BlockKind.PARAGRAPH, text)


def _unquoted(text: str) -> Iterator[str]:
    """The text in parts; a quoted part without its marks where the line above says whose words they are, and with
    them where a reply answers line by line."""
    held: list[str] = []
    quoted = False
    for line in text.split("\n"):
        is_quoted = bool(_QUOTED.match(line))
        if is_quoted != quoted and (line.strip() or is_quoted):
            yield from _part(held, quoted)
            held, quoted = ([] if not is_quoted or not _introduces(held) else [""]), is_quoted
        held.append(line)
    yield from _part(held, quoted)


def _part(lines: list[str], quoted: bool) -> Iterator[str]:
    if not quoted:
        yield "\n".join(_apart(lines))
    elif lines and lines[0] == "":
        yield from _unquoted("\n".join(_QUOTED.sub("", line) for line in lines[1:]))
    else:
        yield "\n\n".join(lines)


def _introduces(lines: list[str]) -> bool:
    """Whether the last lines say who wrote what follows; mail programs wrap that line."""
    last = [line.strip() for line in lines if line.strip()][-2:]
    return any(_ATTRIBUTION.fullmatch(" ".join(last[-count:])) for count in (1, 2) if last)


def _apart(lines: list[str]) -> list[str]:
    """An attribution on lines of its own, so that it becomes a paragraph of its own."""
    if not _introduces(lines):
        return lines
    end = max(number for number, line in enumerate(lines) if line.strip())
    start = end if _ATTRIBUTION.fullmatch(lines[end].strip()) else end - 1
    return [*lines[:start], "", " ".join(line.strip() for line in lines[start : end + 1])]
