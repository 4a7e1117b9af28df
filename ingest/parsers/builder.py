"""The canonical text of a document and its blocks, built side by side so that every span is right."""

import re
from collections.abc import Mapping

from core.errors import ParseError
from core.types import Attachment, Block, BlockKind, Outcome, ParsedDocument, Span

# Invisible characters that a reader never sees and a quote never holds: soft hyphen, zero width, direction, controls.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HAN = r"\u3400-\u9fff\u3000-\u303f\uff00-\uffef"
_DEEPEST = 8
_HAN_BREAK = re.compile(rf"(?<=[{_HAN}])\s*\n\s*(?=[{_HAN}])")


def clean(text: str) -> str:
    """Without invisible characters, with ``\\n`` line ends; white space inside lines is kept."""
    if text.isprintable():  # as most lines are; none of the characters below is
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _INVISIBLE.sub("", _SURROGATE.sub("\ufffd", text))


def one_line(text: str) -> str:
    """Prose on one line: runs of white space become one space, none where a line breaks between Chinese characters."""
    text = clean(text)
    return " ".join((_HAN_BREAK.sub("", text) if "\n" in text else text).split())


def _tidy(kind: BlockKind, text: str) -> str:
    if kind is BlockKind.CODE:
        return "\n".join(line.rstrip() for line in clean(text).split("\n")).strip("\n")
    if kind is BlockKind.TABLE:
        return clean(text).strip()
    if kind is BlockKind.HEADING:
        return one_line(text)
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)


class DocumentBuilder:
    """Collects blocks in reading order. A blank line stands between blocks, a line end between list items."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0

    def add(self, kind: BlockKind, text: str, *, level: int = 0, page: int | None = None, depth: int = 0) -> None:
        """Append one block; text without a visible character is left out.

        ``level`` is kept for headings only; ``depth`` indents a list item inside a list, outside the item's own span.
        """
        tidy = _tidy(kind, text)
        if not tidy:
            return
        gap = self._gap(kind, depth)
        start = self._length + len(gap)
        self._parts += [gap, tidy]
        self._length = start + len(tidy)
        level = min(6, max(1, level)) if kind is BlockKind.HEADING else 0
        self._blocks.append(Block(kind=kind, span=Span(start, self._length), level=level, page=page))

    def _gap(self, kind: BlockKind, depth: int) -> str:
        if not self._blocks:
            return ""
        listed = kind is BlockKind.LIST_ITEM and self._blocks[-1].kind is BlockKind.LIST_ITEM
        return "\n" + "  " * min(depth, _DEEPEST) if listed else "\n\n"

    @property
    def text(self) -> str:
        """What was added so far."""
        return "".join(self._parts)

    def first_heading(self) -> str:
        """The first heading of the highest level that occurs; empty where there is none."""
        headings = [block for block in self._blocks if block.kind is BlockKind.HEADING]
        if not headings:
            return ""
        return min(headings, key=lambda block: (block.level, block.span.start)).span.of(self.text)

    def build(
        self,
        *,
        title: str,
        parser: str,
        metadata: Mapping[str, str] | None = None,
        attachments: tuple[Attachment, ...] = (),
        empty_reason: str = "the file holds no text",
    ) -> ParsedDocument:
        """The document. Raises ``ParseError`` (``empty``) when no text was added and there is no attachment either."""
        if not self._blocks and not attachments:
            raise ParseError(empty_reason, outcome=Outcome.EMPTY, parser=parser)
        return ParsedDocument(
            title=one_line(title)[:300],
            text=self.text,
            blocks=tuple(self._blocks),
            parser=parser,
            metadata=dict(metadata or {}),
            attachments=attachments,
        )
