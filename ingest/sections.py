"""A document's blocks by the headings above them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.types import Block, BlockKind, Document, Span

_ASKS = re.compile(
    r"[?？]\s*$|^(?:如何|怎么|怎样|怎麼|怎樣|为什么|為什麼|为何|什么是|什麼是|能否|是否|可否|哪[些个個里裡])|[吗嗎呢]$|^(?:Q\d*|问|問)\s*[:：.]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """``blocks`` stand under ``heading`` and before the next one; ``path`` holds all headings above them and their own.

    ``leaf`` says that no deeper section follows inside this one.
    """

    path: tuple[str, ...]
    heading: Block | None
    blocks: tuple[Block, ...]
    leaf: bool

    @property
    def span(self) -> Span:
        """Heading and blocks together."""
        parts = (*((self.heading,) if self.heading else ()), *self.blocks)
        return Span(parts[0].span.start, parts[-1].span.end)

    @property
    def asks(self) -> bool:
        """Whether the heading is a question."""
        return self.heading is not None and bool(_ASKS.search(self.path[-1].strip()))

    def is_sibling_of(self, other: "Section") -> bool:
        """Same level below the same heading."""
        if self.heading is None or other.heading is None:
            return False
        return self.heading.level == other.heading.level and self.path[:-1] == other.path[:-1]


def sections(document: Document) -> list[Section]:
    """All sections in order, those without blocks included; the first has no heading where text comes before one."""
    found: list[Section] = []
    above: list[tuple[int, str]] = []
    heading: Block | None = None
    held: list[Block] = []
    for block in document.blocks:
        if block.kind is not BlockKind.HEADING:
            held.append(block)
            continue
        found += _section(heading, above, held)
        heading, held = block, []
        above = [entry for entry in above if entry[0] < block.level] + [(block.level, block.span.of(document.text))]
    found += _section(heading, above, held)
    return _with_leaves(found)


def _section(heading: Block | None, above: Sequence[tuple[int, str]], blocks: Sequence[Block]) -> list[Section]:
    if heading is None and not blocks:
        return []
    return [Section(path=tuple(text for _level, text in above), heading=heading, blocks=tuple(blocks), leaf=True)]


def _with_leaves(found: Sequence[Section]) -> list[Section]:
    following = [*found[1:], None]
    return [
        replace(section, leaf=after is None or after.path[: len(section.path)] != section.path or not section.path)
        for section, after in zip(found, following, strict=True)
    ]
