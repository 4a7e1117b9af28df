"""Plain text: paragraphs, wrapped lines joined, underlined and numbered headings, lists, indented code.

Not unstructured's text partitioner: it joins the lines of code and of lists, keeps hard line ends inside sentences (or
joins them all, with spaces between Chinese characters), and takes any short line for a title.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.types import BlockKind, ParsedDocument
from ingest.encoding import decode
from ingest.parsers.builder import DocumentBuilder, clean

VERSION = "text 1"
_UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,}|~{3,}|\*{3,})\s*$")
_NUMBERED = re.compile(r"(?:\d+(?:\.\d+)*[.)]?|[IVX]+\.)\s+\S")
_CHAPTER = re.compile(r"(?:第[一二三四五六七八九十百\d]+[章节節部分条條]|[一二三四五六七八九十]+、)\s*\S")
_BULLET = re.compile(r"\s*(?:[-*•●○▪◦·–]|\(?\d{1,3}[.)、]|\(?[a-z][.)])\s+\S|\s*[•●○▪◦·]\S")
_QUESTION = re.compile(r"\s*(?:Q\d*|问|問)\s*[:：.]\s*\S")
_ADDRESS = re.compile(r"https?://\S+$")
_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
_TAB_STOP = 8


def parse_text(path: Path) -> ParsedDocument:
    """A text file of any encoding; its first heading, or else its name, is the title."""
    builder = DocumentBuilder()
    text_blocks(builder, decode(path.read_bytes()))
    reason = "the file holds only white space"
    return builder.build(title=builder.first_heading() or path.stem, parser=VERSION, empty_reason=reason)


def text_blocks(builder: DocumentBuilder, text: str) -> None:
    """Append the blocks of plain text (a file or the body of a mail)."""
    paragraphs = [lines for part in re.split(r"\n\s*\n|\f", clean(text)) if (lines := _lines(part))]
    wrap = _wrap_width(paragraphs)
    margin = _margin(paragraphs)
    for lines in paragraphs:
        for kind, level, content in _blocks(lines, wrap, margin):
            builder.add(kind, content, level=level)


def _lines(part: str) -> list[str]:
    return [line.rstrip() for line in part.expandtabs(_TAB_STOP).split("\n") if line.strip()]


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return len(text) + len(_HAN.findall(text))


def _wrap_width(paragraphs: Sequence[Sequence[str]]) -> int:
    """The column at which lines were wrapped; 0 where they were not."""
    widths = [width(line) for lines in paragraphs if len(lines) > 1 for line in lines]
    widest = max(widths, default=0)
    return widest if 40 <= widest <= 130 else 0


def _margin(paragraphs: Sequence[Sequence[str]]) -> int:
    """The usual indentation of the running text, in columns."""
    indents = [min(map(_indent, lines)) for lines in paragraphs]
    return max(set(indents), key=indents.count, default=0)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _blocks(lines: list[str], wrap: int, margin: int) -> Iterator[tuple[BlockKind, int, str]]:
    """The blocks of one paragraph as (kind, heading level, text)."""
    if len(lines) > 1 and _UNDERLINE.match(lines[1]) and not _UNDERLINE.match(lines[0]):
        yield BlockKind.HEADING, 1 if "=" in lines[1] else 2, lines[0]
        lines = lines[2:]
    lines = [line for line in lines if not _UNDERLINE.match(line)]
    if not lines:
        return
    if len(lines) == 1 and _is_heading(lines[0]):
        yield BlockKind.HEADING, 2, lines[0]
    elif _QUESTION.match(lines[0]) and width(lines[0]) < 200:
        yield BlockKind.HEADING, 3, lines[0]
        yield BlockKind.PARAGRAPH, 0, "\n".join(_joined(lines[1:], wrap))
    elif min(map(_indent, lines)) >= margin + 4:
        yield BlockKind.CODE, 0, _dedented(lines)
    else:
        yield from _running(lines, wrap)


def _running(lines: list[str], wrap: int) -> Iterator[tuple[BlockKind, int, str]]:
    """Prose and lists; a single line with a mark inside prose makes no list."""
    marked = sum(bool(_BULLET.match(line)) for line in lines)
    if marked == 0 or (marked == 1 and not _BULLET.match(lines[0])):
        yield BlockKind.PARAGRAPH, 0, "\n".join(_joined(lines, wrap))
        return
    for part in _parts(lines, wrap):
        kind = BlockKind.LIST_ITEM if _BULLET.match(part[0]) else BlockKind.PARAGRAPH
        yield kind, 0, "\n".join(_joined(part, wrap))


def _parts(lines: Sequence[str], wrap: int) -> Iterator[list[str]]:
    """Items, each with the lines that are indented below it or continue it, and the prose between them."""
    part: list[str] = []
    for line in lines:
        in_item = bool(part) and bool(_BULLET.match(part[0]))
        goes_on = _indent(line) > _indent(part[0]) or _was_wrapped(part[-1], line.strip(), wrap) if in_item else True
        if part and (_BULLET.match(line) or not goes_on):
            yield part
            part = []
        part.append(line)
    yield part


def _is_heading(line: str) -> bool:
    text = line.strip()
    if width(text) > 80 or text[-1] in ".,;:!。，；：！":
        return False
    if _CHAPTER.match(text):
        return True
    letters = [character for character in text if character.isalpha()]
    # Capitals without lower case, in a script that has both.
    return len(letters) >= 4 and all(character.isupper() for character in letters)


def _dedented(lines: Sequence[str]) -> str:
    shared = min(map(_indent, lines))
    return "\n".join(line[shared:] for line in lines)


def _joined(lines: Sequence[str], wrap: int) -> list[str]:
    """Lines put together again where the first word of the next one would not have fitted on the line."""
    result: list[str] = []
    for previous, line in zip(["", *lines], lines, strict=False):
        content = line.strip()
        if result and _was_wrapped(previous, content, wrap):
            gap = "" if _HAN.match(content) and _HAN.match(result[-1][-1]) else " "
            result[-1] += gap + content
        else:
            result.append(re.sub(r"^[-*•●○▪◦·–]\s*", "", content) if not result and _BULLET.match(line) else content)
    return result


def _was_wrapped(previous: str, line: str, wrap: int) -> bool:
    # A Chinese line is also cut short by a mark that may not begin the next one.
    word = 6 if _HAN.match(line) else len(line.split(maxsplit=1)[0])
    if _BULLET.match(line) or (_ADDRESS.match(line) and _ADDRESS.match(previous.strip())):
        return False
    return 0 < wrap < width(previous) + 1 + word
