"""The smallest parts that a passage is made of: sentences, list items, table rows, lines of code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.text import count_tokens, split_sentences, trimmed
from core.types import Block, BlockKind, Span

_CLAUSE = re.compile(r"[,;:，；：、。)）]\s*|\s+")


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


def units_of(text: str, blocks: Sequence[Block], budget: int) -> list[Unit]:
    """The units of a section, in order; none is above ``budget`` tokens.

    A list item, table or block of code is one unit where it fits; where not, an item is parted into sentences, a table
    into rows and code into lines.
    """
    return [unit for number, block in enumerate(blocks) for unit in _of_block(text, block, number, budget)]


def _of_block(text: str, block: Block, number: int, budget: int) -> Iterator[Unit]:
    tokens = count_tokens(block.span.of(text))
    whole = block.kind is not BlockKind.PARAGRAPH and tokens <= budget
    spans = [block.span] if whole else _parts(text, block)
    for span in spans:
        for piece in fitting(text, span, budget):
            size = tokens if whole else count_tokens(piece.of(text))
            yield Unit(span=piece, tokens=size, kind=block.kind, page=block.page, block=number, whole=whole)


def _parts(text: str, block: Block) -> list[Span]:
    content = block.span.of(text)
    if block.kind in {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}:
        return [span.shifted(block.span.start) for span in split_sentences(content)]
    lines = [
        Span(match.start(), match.end()).shifted(block.span.start) for match in re.finditer(r"[^\n]*\S[^\n]*", content)
    ]
    if block.kind is BlockKind.TABLE and len(lines) > 1:
        # The header is nothing without the rule below it.
        return [Span(lines[0].start, lines[1].end), *lines[2:]]
    return lines


def fitting(text: str, span: Span, budget: int) -> list[Span]:
    """``span`` in pieces of at most ``budget`` tokens, parted at clause marks or white space, else inside a word."""
    if count_tokens(span.of(text)) <= budget:
        return [span]
    pieces: list[Span] = []
    start = end = span.start
    for boundary in _boundaries(text, span, budget):
        if end > start and count_tokens(text[start:boundary]) > budget:
            pieces.append(trimmed(text, start, end))
            start = end
        end = boundary
    pieces.append(trimmed(text, start, span.end))
    return [piece for piece in pieces if len(piece)]


def _boundaries(text: str, span: Span, budget: int) -> Iterator[int]:
    last = span.start
    ends = [match.end() + span.start for match in _CLAUSE.finditer(span.of(text))]
    for end in [*ends, span.end]:
        # A run without any mark (a long address, Chinese without punctuation) is cut where the budget ends.
        yield from range(last + budget, end, budget)
        yield end
        last = end
