"""The smallest parts that a passage is made of: sentences, list items, table rows, lines of code. Each counts once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.sentences import split_sentences
from core.text import trimmed
from core.types import Block, BlockKind, Span
from ingest.sections import Section
from ingest.token_count import CountTokens

_CLAUSE = re.compile(r"[,;:，；：、。)）]\s*|\s+")
_LINE = re.compile(r"[^\n]*\S[^\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A part that is kept whole. ``whole`` is False for a piece of a block that has to be parted;
    ``block`` counts the blocks of the section from 0."""

    span: Span
    tokens: int
    kind: BlockKind
    page: int | None
    block: int
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A section with its units, in order, none of them above the budget."""

    section: Section
    heading_tokens: int
    units: tuple[Unit, ...]

    @property
    def body_tokens(self) -> int:
        """Without the heading."""
        return sum(unit.tokens for unit in self.units)

    @property
    def tokens(self) -> int:
        """Of heading and units together."""
        return self.heading_tokens + self.body_tokens


def measure(text: str, sections: Sequence[Section], budget: int, count: CountTokens) -> list[Measured]:
    """The units of every section of a document; all are counted in one call.

    A paragraph gives its sentences. A list item, table or block of code is one unit where it fits; where not, an item
    is parted into sentences, a table into rows and code into lines. What is still above ``budget`` tokens is parted
    inside.
    """
    drafts = [_drafts(text, section) for section in sections]
    headings = [section.heading.span.of(text) if section.heading else "" for section in sections]
    sizes = iter(count([*headings, *(unit.span.of(text) for section in drafts for unit in section)]))
    heading_sizes = [next(sizes) for _ in headings]
    return [
        Measured(
            section=section,
            heading_tokens=size,
            units=tuple(
                fit for unit in units for fit in _fitted(text, _sized(unit, next(sizes)), section.blocks, budget, count)
            ),
        )
        for section, size, units in zip(sections, heading_sizes, drafts, strict=True)
    ]


def _drafts(text: str, section: Section) -> list[Unit]:
    """Units that are not counted yet."""
    return [
        Unit(span=span, tokens=0, kind=block.kind, page=block.page, block=number, whole=not _is_prose(block))
        for number, block in enumerate(section.blocks)
        for span in (_sentences(text, block) if _is_prose(block) else [block.span])
    ]


def _is_prose(block: Block) -> bool:
    return block.kind is BlockKind.PARAGRAPH


def _sized(unit: Unit, tokens: int, span: Span | None = None) -> Unit:
    return Unit(
        span=span or unit.span,
        tokens=tokens,
        kind=unit.kind,
        page=unit.page,
        block=unit.block,
        whole=unit.whole and span is None,
    )


def _fitted(text: str, unit: Unit, blocks: Sequence[Block], budget: int, count: CountTokens) -> Iterator[Unit]:
    if unit.tokens <= budget:
        yield unit
        return
    spans = _parts(text, blocks[unit.block]) if unit.whole else [unit.span]
    for span, size in zip(spans, count([span.of(text) for span in spans]), strict=True):
        if size <= budget:
            yield _sized(unit, size, span)
        else:
            yield from (_sized(unit, tokens, piece) for piece, tokens in fitting(text, span, budget, count))


def _sentences(text: str, block: Block) -> list[Span]:
    return [span.shifted(block.span.start) for span in split_sentences(block.span.of(text))]


def _parts(text: str, block: Block) -> list[Span]:
    if block.kind is BlockKind.LIST_ITEM:
        return _sentences(text, block)
    lines = [Span(*match.span()) for match in _LINE.finditer(text, block.span.start, block.span.end)]
    if block.kind is BlockKind.TABLE and len(lines) > 1:
        # The header is nothing without the rule below it.
        return [Span(lines[0].start, lines[1].end), *lines[2:]]
    return lines


def fitting(text: str, span: Span, budget: int, count: CountTokens) -> list[tuple[Span, int]]:
    """``span`` in pieces of at most ``budget`` tokens with their sizes, parted at clause marks or white space, else
    inside a word."""
    pieces: list[tuple[Span, int]] = []
    for part, size in _clauses(text, span, budget, count):
        if pieces and pieces[-1][1] + size <= budget:
            pieces[-1] = (Span(pieces[-1][0].start, part.end), pieces[-1][1] + size)
        else:
            pieces.append((part, size))
    return pieces


def _clauses(text: str, span: Span, budget: int, count: CountTokens) -> Iterator[tuple[Span, int]]:
    ends = [match.end() for match in _CLAUSE.finditer(text, span.start, span.end)]
    edges = zip([span.start, *ends], [*ends, span.end], strict=True)
    parts = [part for start, end in edges if len(part := trimmed(text, start, end))]
    for part, size in zip(parts, count([part.of(text) for part in parts]), strict=True):
        yield from _pressed(text, part, size, budget, count)


def _pressed(text: str, part: Span, size: int, budget: int, count: CountTokens) -> Iterator[tuple[Span, int]]:
    """A run without any mark (a long address, Chinese without punctuation) is cut where the budget should end."""
    if size <= budget or len(part) == 1:
        yield part, size
        return
    step = min(max(1, len(part) * budget // size), len(part) - 1)
    pieces = [Span(start, min(start + step, part.end)) for start in range(part.start, part.end, step)]
    for piece, tokens in zip(pieces, count([piece.of(text) for piece in pieces]), strict=True):
        yield from _pressed(text, piece, tokens, budget, count)
